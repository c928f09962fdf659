"""What studies compute over processes, where a process dies."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any
from unittest.mock import Mock

import pytest

from reportgen.errors import TrainingFailed
from reportgen.execution.progress import TrainingOptions
from reportgen.execution.study_work import _do, compute


def test_a_process_that_dies_while_work_is_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool refuses further work; the error is the same as of a later death."""

    def submit(*_: Any) -> None:
        raise BrokenProcessPool

    monkeypatch.setattr(ProcessPoolExecutor, "submit", submit)
    options = TrainingOptions(workers=1)
    with pytest.raises(TrainingFailed, match="a process that evaluated networks was ended"):
        compute([Mock()], Mock(), options, lambda _: None)


def test_an_update_of_reportgen_is_not_mixed_with_the_code_that_is_loaded() -> None:
    """What a study computes is kept only by the key of the code that computed it."""
    code = {"reportgen.studies.robustness.corruptions:corrupt": "of another version"}
    work = Mock(runs={})
    with pytest.raises(TrainingFailed, match=r"reportgen was updated .*corruptions:corrupt differ"):
        _do(work, code, Mock(), "cpu")
    work.do.assert_not_called()
