"""Experiment files: what is right is read, what is wrong is reported, all of it at once."""

import re
import tomllib
from pathlib import Path

import pytest

from reportgen.config.loading import (
    LoadedExperiment,
    find_experiment,
    load_experiment,
    make_slug,
    shipped_experiments,
)
from reportgen.errors import ConfigurationError

MODEL = '[[models]]\nname = "CNN"\narchitecture = "cnn"\n'
RIGHT = f'title = "T"\n{MODEL}'
PUBLISHED = """
[published]
source = "a paper"
test_support = [10, 20]
[[published.tables]]
name = "its table"
decimals = 2
accuracy = 0.93
"""


def write(folder: Path, text: str | bytes, name: str = "mine.toml") -> Path:
    """Write an experiment file."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def load(path: Path, *overrides: str) -> LoadedExperiment:
    """Load an experiment file."""
    return load_experiment(str(path), overrides)


def problems(path: Path, *overrides: str) -> list[str]:
    """Return what is wrong with an experiment file."""
    with pytest.raises(ConfigurationError) as caught:
        load(path, *overrides)
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith(f"{path}: ")
    return [str(problem) for problem in caught.value.problems]


WRONG_FILES: dict[str, tuple[str, list[str]]] = {
    "a missing title": (MODEL, ["title: is missing"]),
    "a quotation of an unknown model": (
        f'{RIGHT}[notes]\nresults = """One.\n{{{{ accuracy(\'cn\') }}}}"""\n',
        [
            "notes.results: line 2: `{{ accuracy('cn') }}` names no model \"cn\"; the models are "
            '"cnn"; did you mean "cnn"?'
        ],
    ),
    "no model": (
        'title = "T"\nmodels = []',
        ["models: must be a list of tables, each under its own [[models]], not an empty list"],
    ),
    "labels of another type": (
        'title = "T"\n[data]\nlabels = ["y.csv"]\n[[models]]\nname = "A"\npredictions = "a.csv"',
        ["data.labels: must be text, not a list"],
    ),
    "models as a table": (
        'title = "T"\n[models.cnn]\narchitecture = "cnn"',
        ["models: must be a list of tables, each under its own [[models]], not a table"],
    ),
    "a misspelt key": (
        f"{RIGHT}[training]\nepoch = 3",
        ['training.epoch: is not a known key; did you mean "epochs"?'],
    ),
    "a misspelt table": (
        f"{RIGHT}[trainings]\nepochs = 3",
        ['trainings: is not a known key; did you mean "training"?'],
    ),
    "a key in the wrong table": (
        f"batch_size = 32\n{RIGHT}",
        ['batch_size: is not a known key here; did you mean "training.batch_size"?'],
    ),
    "a key like no other": (
        f"{RIGHT}[data.normalize]\nx = 1",
        ["data.normalize.x: is not a known key; the known keys are mean, std and standardize"],
    ),
    "text for a number": (
        f'{RIGHT}[training]\nlearning_rate = "fast"',
        ['training.learning_rate: must be a number, not the text "fast"'],
    ),
    "a boolean for a number": (
        f"{RIGHT}[training]\nepochs = true",
        ["training.epochs: must be a whole number, not true"],
    ),
    "a fraction for a whole number": (
        f"{RIGHT}[training]\nepochs = 2.0",
        ["training.epochs: must be a whole number, not 2.0"],
    ),
    "a number for text": (f"title = 3\n{MODEL}", ["title: must be text, not 3"]),
    "a number out of range": (
        f"{RIGHT}dropout = 1",
        ["models.cnn.dropout: must be a number below 1, not 1"],
    ),
    "no number at all": (
        f"{RIGHT}[data.normalize]\nmean = nan\nstd = inf",
        [
            "data.normalize.mean: must be a finite number or a list, not nan",
            "data.normalize.std: must be a finite number or a list, not inf",
        ],
    ),
    "what others call a setting": (
        f"{RIGHT}[training]\nlr = 0.1\nearly-stopping = 3",
        [
            'training.lr: is not a known key; did you mean "learning_rate"?',
            'training.early-stopping: is not a known key; did you mean "patience"?',
        ],
    ),
    "a dot for a colon": (
        'title = "T"\n[[models]]\nname = "A"\nestimator = "sklearn.svm.SVC"',
        [
            'models.a.estimator: must be "FILE.py:NAME" or "MODULE:NAME", not the text '
            '"sklearn.svm.SVC"; did you mean "sklearn.svm:SVC"?'
        ],
    ),
    "another data set": (
        f'{RIGHT}[data]\nname = "cifar10"',
        [
            'data.name: must be "mnist", "fashion-mnist", "kmnist" or "digits", not the text '
            '"cifar10"; other data are named by source = "PATH" or "torchvision:NAME"'
        ],
    ),
    "an unknown choice": (
        f'{RIGHT}[data]\nname = "mnits"',
        [
            'data.name: must be "mnist", "fashion-mnist", "kmnist" or "digits", '
            'not the text "mnits"; did you mean "mnist"?'
        ],
    ),
    "a setting of training that does nothing": (
        f"{RIGHT}[training]\nmomentum = 0.9\npatience = 2\nstep_epochs = 2\nepochs = 3\n"
        "warmup_epochs = 3",
        [
            "training.momentum: applies to sgd and rmsprop, not to adam",
            "training.patience: needs examples to validate on; set validation_fraction, such as "
            "0.1",
            'training.step_epochs: applies only with schedule = "step"',
            "training.warmup_epochs: must be less than the number of epochs, 3",
        ],
    ),
    "a setting of one model that does nothing": (
        f'{RIGHT}[models.training]\nnesterov = true\noptimizer = "sgd"',
        ['models.cnn.training.nesterov: needs optimizer = "sgd" and a momentum above 0'],
    ),
    "an unknown architecture": (
        'title = "T"\n[[models]]\nname = "A"\narchitecture = "mpl"',
        [
            'models.a.architecture: must be "cnn", "mlp", "FILE.py:NAME" or "MODULE:NAME", '
            'not the text "mpl"; did you mean "mlp"?'
        ],
    ),
    "no architecture": (
        'title = "T"\n[[models]]\nname = "A"',
        [
            "models.a.architecture: is missing; a model has one of architecture, estimator or "
            "predictions"
        ],
    ),
    "two ways to get a model": (
        f'{RIGHT}predictions = "a.csv"',
        [
            "models.cnn.predictions: cannot be given as well; a model has one of architecture, "
            "estimator or predictions"
        ],
    ),
    "predictions without labels": (
        'title = "T"\n[[models]]\nname = "A"\npredictions = "a.csv"',
        [
            "data.labels: is missing; give the file of the true labels that all predictions are "
            "compared with, or give data.name if they are predictions for the test set of a "
            "known data set"
        ],
    ),
    "labels of a model that is trained": (
        f'{RIGHT}[data]\nlabels = "y.csv"',
        [
            "data.labels: applies only if all models are imported predictions; if a model is "
            "trained, the labels are those of the test set"
        ],
    ),
    "labels with settings of training data": (
        'title = "T"\n[data]\nlabels = "y.csv"\nlabel = "species"\ntrain_limit = 100\n'
        '[[models]]\nname = "A"\npredictions = "a.csv"',
        [
            'data.label: applies to a table, and "y.csv" is a file of labels',
            "data.train_limit: has no effect with data.labels; leave it out",
        ],
    ),
    "a kind of nothing": (
        f'{RIGHT}kind = "logits"',
        ["models.cnn.kind: applies only to imported predictions"],
    ),
    "a model without a name": (
        f'{RIGHT}[[models]]\narchitecture = "mlp"',
        ["models[2].name: is missing"],
    ),
    "two models of one name": (
        f"{RIGHT}{MODEL}",
        ['models[2].name: "CNN" is already the name of model 1; each model needs its own'],
    ),
    "two models of one slug": (
        f'{RIGHT}[[models]]\nname = "cnn!"\narchitecture = "cnn"',
        [
            'models[2].slug: "cnn" is already the slug of model 1; '
            'write another one, such as slug = "cnn-2"'
        ],
    ),
    "a name without a slug": (
        'title = "T"\n[[models]]\nname = "卷积"\narchitecture = "cnn"',
        [
            'models[1].slug: is missing, and cannot be made from the name "卷积", which has no '
            'letter from a to z and no digit; write one, such as slug = "my-model"'
        ],
    ),
    "a slug that is none": (
        f'{RIGHT}slug = "My CNN"',
        [
            "models[1].slug: must be lower-case letters and digits joined by single hyphens, "
            'such as "cnn-dropout", not the text "My CNN"'
        ],
    ),
    "a seed twice": (
        f"{RIGHT}[training]\nseeds = [1, 2, 1]",
        ["training.seeds[3]: the seed 1 is already in the list; its runs would be counted twice"],
    ),
    "no seed": (
        f"{RIGHT}[training]\nseeds = []",
        ["training.seeds: must be a list that is not empty, not an empty list"],
    ),
    "a wrong entry of a list": (
        f"{RIGHT}[training]\nseeds = [-1, true]",
        [
            "training.seeds[1]: must be a number of at least 0, not -1",
            "training.seeds[2]: must be a whole number, not true",
        ],
    ),
    "a value for a table": (
        f"{RIGHT}data = 3".replace("[[models]]", 'data = "mnist"\n[[models]]').replace(
            "data = 3", ""
        ),
        ['data: must be a table, not the text "mnist"'],
    ),
    "a number on the cover": (
        f'{RIGHT}[cover]\nNumber = 7\n"编号" = 8\n"Course number" = 9',
        [
            "cover.Number: must be text, not 7",
            'cover."编号": must be text, not 8',
            'cover."Course number": must be text, not 9',
        ],
    ),
    "a folder that is not there": (
        f'{RIGHT}[report]\ntemplates = "nowhere"',
        ["report.templates: the folder {folder}/nowhere does not exist"],
    ),
    "figures for another number of classes": (
        f"{RIGHT}{PUBLISHED}f1 = [0.5, 0.5, 0.5]",
        [
            "published.tables[1].f1: must contain 2 numbers, "
            "one for each class of published.test_support, not 3"
        ],
    ),
    "supports for another number of classes": (
        RIGHT + PUBLISHED.replace("test_support", 'classes = ["a"]\ntest_support'),
        [
            "published.test_support: must contain 1 numbers, "
            "one for each class of published.classes, not 2"
        ],
    ),
    "no supports": (
        RIGHT + PUBLISHED.replace("test_support = [10, 20]", ""),
        [
            'published.test_support: is missing; the table "its table" is about the test split, '
            "and its values cannot be audited without the number of examples of each class"
        ],
    ),
    "figures of an unknown model": (
        f'{RIGHT}{PUBLISHED}model = "cmn"',
        [
            "published.tables[1].model: must be the slug of a model of this experiment, "
            '"cnn", not the text "cmn"; did you mean "cnn"?'
        ],
    ),
    "more decimals than printed": (
        f"{RIGHT}{PUBLISHED}f1 = [0.93, 0.931]",
        ["published.tables[1].f1[2]: 0.931 has more than the 2 decimals that the table prints"],
    ),
    "a share in percent": (
        f"{RIGHT}{PUBLISHED}".replace("0.93", "93"),
        [
            "published.tables[1].accuracy: must be a number of at most 1, not 93; write a "
            "percentage as a share: 0.93 for 93 %"
        ],
    ),
    "a table without figures": (
        f"{RIGHT}{PUBLISHED}".replace("accuracy = 0.93", ""),
        [
            "published.tables[1]: has no values; give at least one, such as accuracy, macro_f1, "
            "precision, recall or f1"
        ],
    ),
    "brackets without end": (
        "x = " + "[" * 100_000,
        ["it nests tables or lists more than 20 levels deep"],
    ),
}


@pytest.mark.parametrize("case", WRONG_FILES)
def test_wrong_files(case: str, tmp_path: Path) -> None:
    """Each mistake is one sentence: where it is, what is allowed, what came."""
    text, expected = WRONG_FILES[case]
    path = write(tmp_path, text)
    assert problems(path) == [line.replace("{folder}", str(tmp_path)) for line in expected]


@pytest.mark.parametrize(
    "line", ["dropout 0.5", "dropout = 0\ndropout = 0.5", "[models", "a = 1979"]
)
def test_broken_toml_is_reported_with_its_place(line: str, tmp_path: Path) -> None:
    """What the TOML reader says is passed on, with line and column."""
    text = f"{RIGHT}{line}\n[[models]"
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    assert re.search(r"at line \d+, column \d+", str(caught.value))
    assert problems(write(tmp_path, text)) == [f"it is not valid TOML: {caught.value}"]


def test_a_key_in_another_script(tmp_path: Path) -> None:
    """The message for a label of the cover without quotation marks asks for them."""
    (message,) = problems(write(tmp_path, f'{RIGHT}[cover]\n课程 = "深度学习"'))
    assert message.endswith('; put a key with letters other than a to z in quotation marks: "课程"')


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    """All mistakes of a file are reported at once, those of types and all others."""
    text = """
    subtitle = 3
    [training]
    epoch = 3
    seeds = [1, 1]
    [[models]]
    name = "A"
    architecture = "transformer"
    dropout = "half"
    [[models]]
    name = "A"
    """
    assert problems(write(tmp_path, text), "data.nam=mnist") == [
        "title: is missing",
        "subtitle: must be text, not 3",
        'data.nam: is not a known key; did you mean "name"? (from --set data.nam=mnist)',
        'training.epoch: is not a known key; did you mean "epochs"?',
        'models[1].dropout: must be a number, not the text "half"',
        'models[1].architecture: must be "cnn", "mlp", "FILE.py:NAME" or "MODULE:NAME", '
        'not the text "transformer"',
        "models[2].architecture: is missing; a model has one of architecture, estimator or "
        "predictions",
        'models[2].name: "A" is already the name of model 1; each model needs its own',
        "training.seeds[2]: the seed 1 is already in the list; its runs would be counted twice",
    ]


def test_the_heading_counts_the_problems(tmp_path: Path) -> None:
    """The message begins with the file and the number of problems, one line for each below it."""
    path = write(tmp_path, f"{RIGHT}[training]\nepoch = 3\nbatch = 64")
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert str(caught.value).splitlines()[0] == f"{path}: 2 problems"
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (RIGHT.encode("utf-16"), "it is not UTF-8 text: byte 1 is 0xff; save the file as UTF-8"),
        (
            'title = "Größe"'.encode("latin-1"),
            "it is not UTF-8 text: byte 12 is 0xf6; save the file as UTF-8",
        ),
        (b"\x00", "it is not valid TOML: Invalid statement (at line 1, column 1)"),
    ],
)
def test_files_that_are_no_text(content: bytes, expected: str, tmp_path: Path) -> None:
    """A file in another encoding is named as such, with the first byte that is wrong."""
    assert problems(write(tmp_path, content)) == [expected]


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    """Some editors begin a UTF-8 file with a mark."""
    path = write(tmp_path, b"\xef\xbb\xbf" + RIGHT.encode())
    assert load(path).experiment.title == "T"


def test_a_folder_is_no_experiment(tmp_path: Path) -> None:
    """A folder instead of a file is said to be one."""
    assert problems(tmp_path) == ["this is a folder; give the path of an experiment file in it"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("papr", '; did you mean "paper"?'),
        ("nowhere/Quickstart.tml", '; did you mean "quickstart"?'),
        ("nothing-like-it", "; the known experiments are paper, paper-full and quickstart"),
    ],
)
def test_an_unknown_experiment(name: str, hint: str) -> None:
    """A name that is not there gets the nearest known one."""
    expected = f"there is neither a file nor an experiment of that name{hint}"
    assert problems(Path(name)) == [expected]


def test_a_misspelt_file_gets_the_one_beside_it(tmp_path: Path) -> None:
    """Of files in the same folder, the nearest is named."""
    write(tmp_path, RIGHT).rename(tmp_path / "mine.toml")
    (found,) = problems(tmp_path / "mein.toml")
    nearest = tmp_path / "mine.toml"
    assert found.endswith(f'nor an experiment of that name; did you mean "{nearest}"?')


def test_a_name_without_its_ending(tmp_path: Path) -> None:
    """What `reportgen new mine` wrote is suggested for `reportgen build mine`."""
    (tmp_path / "mine.toml").touch()
    with pytest.raises(ConfigurationError, match=r"did you mean .*/mine\.toml\?"):
        load_experiment(str(tmp_path / "mine"), ())


def test_the_name_of_the_store_is_taken(tmp_path: Path) -> None:
    """A build may not fall into the folder of kept runs."""
    expected = "an experiment cannot be called store; rename the file, then build again"
    assert problems(write(tmp_path, RIGHT, "Store.toml")) == [expected]


def test_slugs_come_from_file_names() -> None:
    """A build's folder is named after the file; a name in another script gets one of its own."""
    assert make_slug(Path("a/My first_experiment.toml")) == "my-first-experiment"
    other_script = {make_slug(Path("实验一.toml")), make_slug(Path("实验二.toml"))}
    assert len(other_script) == 2
    assert all(slug.startswith("experiment-") for slug in other_script)


def test_an_own_experiment_hides_a_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name means the user's own file where there is one."""
    monkeypatch.chdir(tmp_path)
    assert find_experiment("paper") == shipped_experiments()["paper"]
    (tmp_path / "experiments").mkdir()
    write(tmp_path / "experiments", RIGHT, "paper.toml")
    assert find_experiment("paper") == Path("experiments/paper.toml")


def test_a_date_is_text_as_it_was_written(tmp_path: Path) -> None:
    """TOML has a type for dates; on a cover they are text."""
    path = write(tmp_path, f"{RIGHT}[cover]\nDate = 2026-05-01\n[report]\ndate = 2026-05-02")
    experiment = load(path).experiment
    assert experiment.cover == {"Date": "2026-05-01"}
    assert experiment.report.date == "2026-05-02"


def test_a_date_is_no_number(tmp_path: Path) -> None:
    """A date elsewhere is reported as a date."""
    assert problems(write(tmp_path, f"{RIGHT}[training]\nepochs = 2026-05-01")) == [
        "training.epochs: must be a whole number, not the date or time 2026-05-01"
    ]


def test_a_long_value_is_shortened(tmp_path: Path) -> None:
    """A message repeats only the beginning of a long wrong value."""
    path = write(tmp_path, f'{RIGHT}[training]\nepochs = "{"x" * 5000}"')
    assert problems(path) == [
        f'training.epochs: must be a whole number, not the text "{"x" * 59}…"'
    ]


def test_control_characters_are_escaped(tmp_path: Path) -> None:
    """A wrong value cannot write to the terminal what it likes."""
    path = write(tmp_path, f'{RIGHT}[data]\nname = "\\u200b[31m"')
    (message,) = problems(path)
    assert "\u200b" not in message
    assert r'not the text "\u200b[31m"' in message


CONTROLS = [
    *("\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\ufffe", "\uffff", "\ufdd0", "\r"),
    # A name that turns the direction of the numbers after it.
    *("\u202a", "\u202e", "\u2066", "\u2069"),
]


@pytest.mark.parametrize("character", CONTROLS, ids=lambda character: f"U+{ord(character):04X}")
def test_control_characters_are_refused_with_their_place(character: str, tmp_path: Path) -> None:
    """Nothing runs on text that no document can hold: every place is named at once."""
    escaped = f"\\u{ord(character):04x}"
    text = f"""
title = "a{escaped}b"
cover = {{"{escaped}" = "Someone", "Author" = "{escaped}"}}
models = [{{name = "CNN{escaped}", architecture = "cnn"}}]
notes.results = "one\\n{escaped}"
"""
    named = f"U+{ord(character):04X}; remove it"
    found = problems(write(tmp_path, text))
    assert all(problem.endswith(named) for problem in found)
    assert [problem.partition(": ")[0] for problem in found] == [
        "title",
        f'cover."\\u{ord(character):04x}"'.replace("\\u000d", "\\r"),
        "cover.Author",
        "models.cnn.name",
        "notes.results",
    ]


def test_line_breaks_are_for_prose_alone(tmp_path: Path) -> None:
    """A note may have lines and tabs, a name may not."""
    prose = f'{RIGHT}[notes]\nresults = "one\\n\\ttwo"\n[cover]\nAuthors = "A\\nB"\n'
    assert load(write(tmp_path, prose)).experiment.notes.results == "one\n\ttwo"
    assert problems(write(tmp_path, RIGHT.replace("CNN", "C\\nN"))) == [
        "models.c-n.name: contains a line break; remove it"
    ]


@pytest.mark.parametrize(
    "name", ["\ue000", "\uf8ff", "👩\u200d🔬", "e\u0301", "नमस्ते", "שלום\u200f"]
)
def test_other_characters_are_allowed(name: str, tmp_path: Path) -> None:
    """Private-use characters, joiners, marks of direction: whatever a document can print."""
    text = f'title = "{name}"\n[[models]]\nname = "{name}"\nslug = "a"\narchitecture = "cnn"\n'
    assert load(write(tmp_path, text)).experiment.models[0].name == name


def test_a_lone_surrogate_of_the_command_line_is_refused(tmp_path: Path) -> None:
    """A byte that is no UTF-8, on the command line or in a file name, is named."""
    assert problems(write(tmp_path, RIGHT), "title=\udcff") == [
        "title: contains the lone surrogate U+DCFF; remove it (from --set title=\udcff)"
    ]
    with pytest.raises(ConfigurationError, match=r"contains the lone surrogate U\+DCFF; rename"):
        load(write(tmp_path, RIGHT, "mine\udcff.toml"))


EXCESS = {
    "models": (
        'title = "T"\n' + "".join(f'[[models]]\nname = "m{i}"\n' for i in range(2000)),
        "models: has 2,000 entries; at most 100 are allowed",
    ),
    "classes": (
        f"{RIGHT}[published]\nclasses = [{'0,' * 100_000}]",
        "published.classes: has 100,000 entries; at most 10,000 are allowed",
    ),
    "note": (
        f'{RIGHT}[notes]\nresults = "{"[" * 200_000}"',
        "notes.results: has 200,000 characters; at most 100,000 are allowed",
    ),
    "number": (
        f"{RIGHT}[training]\nepochs = 0x{'f' * 4000}",
        "training.epochs: has 16,000 bits; a whole number has at most 64",
    ),
    "table": (
        f"{RIGHT}[cover]\n" + "".join(f"k{i} = 1\n" for i in range(2000)),
        "cover: has 2,000 keys; at most 1,000 are allowed",
    ),
    "file": (
        "".join(f"k{i} = 1\n" for i in range(2000)),
        "has 2,000 keys; at most 1,000 are allowed",
    ),
    "keys": (".".join("a" * 3000) + " = 1", "it nests tables or lists more than 20 levels deep"),
    "lists": (f"a = {'[' * 25}{']' * 25}", "it nests tables or lists more than 20 levels deep"),
    "bytes": (
        "#" * 2**20 + "\n",
        "it cannot be read: expected at most 1,048,576 bytes, found 1,048,577",
    ),
}


@pytest.mark.parametrize("case", EXCESS)
def test_files_that_hold_too_much(case: str, tmp_path: Path) -> None:
    """What would take hours, or overflow a stack, is refused with a sentence."""
    text, expected = EXCESS[case]
    assert problems(write(tmp_path, text)) == [expected]


def test_a_misplaced_setting_is_sent_to_its_table(tmp_path: Path) -> None:
    """A key of another table is answered with its path: that of the same model, where it has it."""
    path = write(tmp_path, RIGHT)
    (problem,) = problems(path, "models.cnn.learning_rate=0.1")
    assert re.fullmatch(
        r"models\.cnn\.learning_rate: is not a known key here; did you mean "
        r'"(models\.cnn\.)?training\.learning_rate"\? \(from --set .*\)',
        problem,
    )
    (problem,) = problems(path, "training.dropout=0.5")
    assert 'did you mean "models.<slug>.dropout"?' in problem


def test_a_device_is_no_experiment() -> None:
    """What may have no end is not read."""
    assert problems(Path("/dev/zero")) == [
        "it cannot be read: it is a device or a pipe, not a regular file"
    ]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("mcc", "matthews_correlation"),
        ("F1-macro", "macro_f1"),
        ("roc_auc_score", "auroc"),
        ("PR-AUC", "average_precision"),
        ("cross_entropy", "log_loss"),
        ("kappa", "cohen_kappa"),
        ("top_k", "top_k_accuracy"),
        ("acuracy", "accuracy"),
    ],
)
def test_metrics_of_other_names_are_answered_with_theirs(
    tmp_path: Path, name: str, meant: str
) -> None:
    """What scikit-learn, papers and typing errors call a metric gets the name that is meant."""
    text = f'{RIGHT}[analysis]\nmetrics = ["accuracy", "{name}"]\nprimary = "{name}"'
    found = problems(write(tmp_path, text))
    assert len(found) == 2
    assert all(each.endswith(f'not "{name}"; did you mean "{meant}"?') for each in found)
