"""What a shell completes."""

import click
import pytest

from reportgen.cli.build import command
from reportgen.cli.completion import complete_experiments, complete_settings


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
    [("training.ep", "training.epochs="), ("models.cnn-dropout.dr", "models.cnn-dropout.dropout=")],
)
def test_settings(incomplete: str, completed: str) -> None:
    """Paths of settings are completed, those of models by the slugs of the experiment."""
    assert values(complete_settings(context("paper"), command.params[0], incomplete)) == [completed]


def test_an_experiment_that_cannot_be_read() -> None:
    """Nothing is printed, and the other settings are completed still."""
    items = values(complete_settings(context("no-such-file"), command.params[0], "training.epo"))
    assert items == ["training.epochs="]
