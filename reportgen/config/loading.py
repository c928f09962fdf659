"""An experiment file and what the command line sets become a frozen `Experiment`.

Everything that is wrong with a file is reported at once, in one `ConfigurationError`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import compress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reportgen.characters import describe, find_forbidden, quote
from reportgen.config.checks import check_training, check_values
from reportgen.config.findings import Finding, slug_of, to_problems, translate, value_at
from reportgen.config.limits import DEEPEST, LARGEST_FILE, find_excess, is_too_deep
from reportgen.config.metrics import check_metrics, find_metric_plugins
from reportgen.config.models import check_models, find_plugins
from reportgen.config.overrides import apply_overrides
from reportgen.config.schema import Experiment
from reportgen.config.settings import slugify
from reportgen.config.studies import check_studies, find_study_plugins
from reportgen.config.sweep import without_models
from reportgen.config.sweep_checks import check_configurations, check_sweep
from reportgen.config.vocabulary import suggest
from reportgen.errors import ConfigurationError, Problem
from reportgen.plugins import Plugin
from reportgen.reading import read_regular
from reportgen.resources import resource_folder
from reportgen.wording import join

DEFAULT_EXPERIMENT = "paper"
OWN_FOLDER = Path("experiments")
"""Where the user's own experiments are looked for by name, beside the shipped ones."""
RESERVED_SLUGS = ("store",)
"""Names of folders in the output folder that are no builds."""


@dataclass(frozen=True)
class LoadedExperiment:
    """An experiment, and where it comes from."""

    experiment: Experiment
    slug: str
    """From the file's name; the build goes to `output/<slug>/`. Overrides do not change it."""
    path: Path
    overrides: tuple[str, ...]

    def find_plugins(self) -> dict[str, Plugin]:
        """Return what each model names, by slug, as its files are now; raises PluginFailed."""
        return find_plugins(self.experiment.models, self.path.parent)

    def find_metric_plugins(self) -> dict[str, Plugin]:
        """Return the metrics of the user's own, by reference; raises PluginFailed."""
        return find_metric_plugins(self.experiment.analysis.all_metrics, self.path.parent)

    def find_study_plugins(self) -> dict[str, Plugin]:
        """Return the studies of the user's own, by name; raises PluginFailed."""
        return find_study_plugins(self.experiment.studies, self.path.parent)

    def without(self, kept: Sequence[bool]) -> LoadedExperiment:
        """Return the experiment with some of its models; raises ConfigurationError.

        `kept` states for each whether it stays. The file is read again.
        """
        values = apply_overrides(read_values(self.path), self.overrides).values
        all_models = values["models"]
        values["models"] = list(compress(values["models"], kept))
        if isinstance(values.get("sweep"), Mapping):
            gone = {slug_of(model) for model in all_models} - set(map(slug_of, values["models"]))
            values["sweep"] = without_models(values["sweep"], [slug for slug in gone if slug])
        return replace(make_experiment(values, self.path, self.slug, ()), overrides=self.overrides)


def load_experiment(
    name: str | None, overrides: Sequence[str], variant: str | None = None
) -> LoadedExperiment:
    """Read the experiment `name`: a shipped one, one in `experiments/`, or the path of a file.

    `overrides` are `dotted.path=value`. `variant` gives the build a folder of its own, beside that
    of the experiment. Raises ConfigurationError with every problem at once.
    """
    path = find_experiment(name or DEFAULT_EXPERIMENT)
    slug = make_slug(path) if variant is None else f"{make_slug(path)}--{_variant_slug(variant)}"
    return make_experiment(read_values(path), path, slug, overrides)


def make_experiment(
    values: dict[str, Any], path: Path, slug: str, overrides: Sequence[str]
) -> LoadedExperiment:
    """Return the experiment that `values` describe, as if they had been read from the file `path`.

    Raises ConfigurationError with every problem at once.
    """
    overridden = apply_overrides(values, overrides)
    experiment, findings = validate(overridden.values, path.parent)
    findings = [*overridden.findings, *findings, *_check_templates(overridden.values, path)]
    if experiment is None or findings:
        raise ConfigurationError(
            str(path), to_problems(findings, overridden.values, overridden.origins)
        )
    return LoadedExperiment(experiment, slug, path, tuple(overrides))


def shipped_experiments() -> dict[str, Path]:
    """Return the experiments that come with reportgen, by name."""
    return _experiments_in(resource_folder("experiments"))


def known_experiments() -> dict[str, Path]:
    """Return all experiments that can be called by name; the user's own hide shipped ones."""
    return {**shipped_experiments(), **_experiments_in(OWN_FOLDER)}


def find_experiment(name: str) -> Path:
    """Return the file of the experiment `name`; raises ConfigurationError where there is none."""
    known = known_experiments()
    if name in known:
        return known[name]
    path = Path(name)
    if path.is_dir():
        raise _problem(name, "this is a folder; give the path of an experiment file in it")
    if path.exists():
        forbidden = find_forbidden(path.name, multiline=False)
        if forbidden:
            message = f"the name of the file contains {describe(forbidden)}; rename the file"
            raise _problem(name, message)
        return path
    beside = path.with_name(f"{path.name}.toml")
    if beside.is_file():
        raise _problem(name, f"there is no such file; did you mean {beside}?")
    files = [str(file) for file in path.parent.glob("[!.]*.toml")]
    hint = suggest(name, files) or suggest(path.stem, known)
    hint = hint or f"; the known experiments are {join(known)}"
    raise _problem(name, f"there is neither a file nor an experiment of that name{hint}")


def make_slug(path: Path) -> str:
    """Return the name of the folder that the experiment file `path` builds into."""
    slug = slugify_name(path.stem)
    if slug in RESERVED_SLUGS:
        raise _problem(
            str(path), f"an experiment cannot be called {slug}; rename the file, then build again"
        )
    return slug


def slugify_name(name: str) -> str:
    """Return a folder's name for a name in any script."""
    # A name in another script has no slug; its digest distinguishes it from others of the kind.
    return slugify(name) or f"experiment-{sha256(name.encode()).hexdigest()[:8]}"


def _variant_slug(name: str) -> str:
    slug = slugify(name)
    if not slug:
        raise _problem(
            f"--name {name}", "it must contain a letter from a to z or a digit, such as --name wide"
        )
    return slug


def read_values(path: Path) -> dict[str, Any]:
    """Read a TOML file into plain tables; raises ConfigurationError where it cannot be read."""
    try:
        # Without the byte order mark that some editors write.
        text = read_regular(path, LARGEST_FILE).decode("utf-8-sig")
    except OSError as error:
        raise _problem(str(path), f"it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _problem(
            str(path),
            f"it is not UTF-8 text: byte {error.start + 1} is 0x{error.object[error.start]:02x}; "
            "save the file as UTF-8",
        ) from error
    too_deep = _problem(str(path), f"it nests tables or lists more than {DEEPEST} levels deep")
    try:
        values = tomllib.loads(text)
    except RecursionError as error:
        raise too_deep from error
    except ValueError as error:
        # TOMLDecodeError is one, with line and column; so is a number of thousands of digits.
        hint = _hint_at_quotation_marks(text, str(error))
        raise _problem(str(path), f"it is not valid TOML: {error}{hint}") from error
    if is_too_deep(values):
        raise too_deep
    return values


def _hint_at_quotation_marks(text: str, message: str) -> str:
    """Return advice where a key begins with a letter that TOML allows only in quotation marks."""
    place = re.search(r"at line (\d+), column 1\b", message)
    line = text.split("\n")[int(place[1]) - 1] if place else ""
    if not line or line[0].isascii():
        return ""
    key = line.partition("=")[0].strip()
    return f"; put a key with letters other than a to z in quotation marks: {quote(key)}"


def validate(values: Mapping[str, Any], folder: Path) -> tuple[Experiment | None, list[Finding]]:
    """Return the experiment that `values` describe, or None, and all that is wrong with them.

    Plug-ins are looked for in `folder`.
    """
    excess = find_excess(values)
    if excess:
        return None, excess
    findings = [
        *check_models(values, folder),
        *check_training(values),
        *check_metrics(values, folder),
        *check_values(values),
        *check_studies(values, folder),
    ]
    of_sweep = list(check_sweep(values))
    findings += of_sweep
    try:
        # JSON is the strict mode that takes a list for a tuple, and a whole number for a float,
        # but neither "3" nor true for a number.
        experiment = Experiment.model_validate_json(
            # A date of TOML is the text that it was written as; a cover may carry one.
            json.dumps(values, default=lambda date: date.isoformat()),
            strict=True,
        )
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=True)
        if of_sweep:  # These state in full what is wrong with the values.
            errors = [each for each in errors if each["loc"][:2] != ("sweep", "values")]
        return None, [*translate(errors, values), *findings]
    return experiment, findings or check_configurations(experiment, values, folder)


def _check_templates(values: Mapping[str, Any], path: Path) -> list[Finding]:
    """Look for the folder of templates, which is named by its path from the experiment file."""
    folder = value_at(values, ("report", "templates"))
    if not isinstance(folder, str) or (path.parent / folder).is_dir():
        return []
    message = f"the folder {path.parent / folder} does not exist"
    return [Finding(("report", "templates"), message)]


def _experiments_in(folder: Path) -> dict[str, Path]:
    # Macs write `._NAME.toml` beside each file on other systems' disks.
    found = {path.stem: path for path in folder.glob("[!.]*.toml")}
    return dict(sorted(found.items()))


def _problem(source: str, message: str) -> ConfigurationError:
    return ConfigurationError(source, [Problem("", message)])
