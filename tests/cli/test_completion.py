"""What a shell completes."""

from pathlib import Path

import click
import pytest

from reportgen.cli.build import command
from reportgen.cli.completion import complete_builds, complete_experiments, complete_settings
from reportgen.cli.entry import command_line


def context(experiment: str | None) -> click.Context:
    """Return the context of a command line with this experiment."""
    made = click.Context(command)
    made.params["experiment"] = experiment
    return made


def values(items: list[click.shell_completion.CompletionItem]) -> list[str]:
    """Return the completed words."""
    return [item.value for item in items if item.type == "plain"]


def test_experiment_names() -> None:
    """Experiments known by name are completed, and files are left to the shell."""
    items = complete_experiments(context(None), command.params[0], "qui")
    assert values(items) == ["quickstart"]
    assert [item.type for item in items] == ["plain", "file"]


@pytest.mark.parametrize(
    ("incomplete", "completed"),
    [
        ("training.ep", "training.epochs="),
        ("sweep.de", "sweep.design="),
        ("data.normalize.m", "data.normalize.mean="),
        ("models.cnn-dropout.dr", "models.cnn-dropout.dropout="),
    ],
)
def test_settings(incomplete: str, completed: str) -> None:
    """Paths of settings are completed, those of models by the slugs of the experiment."""
    assert values(complete_settings(context("paper"), command.params[0], incomplete)) == [completed]


@pytest.mark.parametrize("before", [[], ["--quiet"], ["--set", "training.epochs=1"]])
def test_a_line_that_ends_in_an_option(tmp_path: Path, before: list[str]) -> None:
    """The models are those of the experiment on the line, however it is completed."""
    path = tmp_path / "mine.toml"
    path.write_text('[[models]]\nname = "My net"\narchitecture = "mlp"\n')
    shell = click.shell_completion.ShellComplete(command_line, {}, "reportgen", "_C")
    items = values(shell.get_completions(["build", str(path), *before, "--set"], "models."))
    assert {item.split(".")[1] for item in items} == {"my-net"}
    assert "models.my-net.training.learning_rate=" in items


def test_builds(tmp_path: Path) -> None:
    """Builds in the output folder are completed for `diff` and `export`."""
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / "results.json").write_text("{}")
    found = click.Context(command)
    for output, names in ((tmp_path, ["paper"]), (tmp_path / "gone", [])):
        found.params["builds"] = output
        assert values(complete_builds(found, command.params[0], "pap")) == names


def test_an_experiment_that_cannot_be_read() -> None:
    """Nothing is printed, and the other settings are completed still."""
    items = values(complete_settings(context("no-such-file"), command.params[0], "training.epo"))
    assert items == ["training.epochs="]
