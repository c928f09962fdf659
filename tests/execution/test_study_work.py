"""What studies compute over processes, where a process dies."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from unittest.mock import Mock

import pytest

from reportgen.errors import TrainingFailed
from reportgen.execution.progress import TrainingOptions
from reportgen.execution.study_work import _do, compute


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (BrokenProcessPool(), "a process that evaluated networks was ended"),
        (EOFError(), "a process ended while it was started"),
        (OSError("AF_UNIX path too long"), "AF_UNIX path too long; .*TMPDIR"),
    ],
)
def test_processes_that_end_while_work_is_handed_out(
    monkeypatch: pytest.MonkeyPatch, problem: Exception, message: str
) -> None:
    """A pool with a dead process refuses further work; others cannot be started at all."""
    monkeypatch.setattr(ProcessPoolExecutor, "submit", Mock(side_effect=problem))
    with pytest.raises(TrainingFailed, match=message):
        compute([Mock()], Mock(), TrainingOptions(workers=1), lambda _: None)


def test_an_update_of_reportgen_is_not_mixed_with_the_code_that_is_loaded() -> None:
    """What a study computes is kept only by the key of the code that computed it."""
    code = {"reportgen.studies.robustness.corruptions:corrupt": "of another version"}
    work = Mock(runs={})
    with pytest.raises(TrainingFailed, match=r"reportgen was updated .*corruptions:corrupt differ"):
        _do(work, code, Mock(), "cpu")
    work.do.assert_not_called()
