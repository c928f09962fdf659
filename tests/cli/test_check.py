"""`reportgen check`."""

from pathlib import Path

from tests.cli.conftest import CommandLine


def test_it_says_what_would_run(reportgen: CommandLine, tmp_path: Path) -> None:
    """A right file is said to be right, with its models, seeds and epochs."""
    path = tmp_path / "mine.toml"
    path.write_text(
        """
        title = "Mine"
        [data]
        name = "kmnist"
        fallback = "digits"
        [training]
        seeds = [3]
        epochs = 2
        [[models]]
        name = "First"
        architecture = "cnn"
        [[models]]
        name = "The second"
        architecture = "mlp"
        dropout = 0.25
        """
    )
    ended = reportgen("check", str(path))
    assert ended.code == 0
    assert ended.out.splitlines() == [
        f"{path} is valid: Mine",
        "  data    kmnist; where it is not available, digits",
        "  runs    2: 2 models × 1 seed (3), 2 epochs each",
        "  model   first       First: cnn, no dropout",
        "  model   the-second  The second: mlp, dropout 0.25",
        "  trained with adam, learning rate 0.001, batches of 64",
    ]


def test_values_set_count(reportgen: CommandLine) -> None:
    """What the command line sets is part of what is checked."""
    ended = reportgen(
        "check", "quickstart", "--set", "training.epochs=1", "--set", "data.name=mnist"
    )
    assert "5 seeds (0, 1, 2, 3, 4), 1 epoch each" in ended.out
    assert "  data    mnist\n" in ended.out


def test_a_wrong_file(reportgen: CommandLine) -> None:
    """A mistake ends with code 2 and nothing on standard output."""
    ended = reportgen("check", "--set", "training.epochs=0")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines()[1:] == [
        "  training.epochs: must be a number of at least 1, not 0 (from --set training.epochs=0)"
    ]


def test_an_unknown_experiment(reportgen: CommandLine) -> None:
    """A name that is not there gets the nearest one."""
    ended = reportgen("check", "papre")
    assert ended.code == 2
    assert ended.err == (
        "Error: papre: 1 problem\n"
        '  there is neither a file nor an experiment of that name; did you mean "paper"?\n'
    )
