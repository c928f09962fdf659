"""The command that a report prints so that it can be built again."""

from __future__ import annotations

import pytest

from reportgen.pipeline import BuildRequest
from reportgen.pipeline.publication import rebuild_command


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        (BuildRequest(), "python -m reportgen build"),
        (
            BuildRequest(experiment="/home/me/mine.toml", device="cpu"),
            "python -m reportgen build mine.toml --device cpu",
        ),
        (
            BuildRequest(overrides=("training.seeds=[0, 1]",), workers=2),
            "python -m reportgen build --set 'training.seeds=[0, 1]'",
        ),
    ],
)
def test_the_command_names_what_can_change_the_numbers(
    request_: BuildRequest, command: str
) -> None:
    """Experiment, settings and device stand in it; folders and the number of processes do not."""
    assert rebuild_command(request_) == command
