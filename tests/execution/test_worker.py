"""What a worker does where its parent ends, or where the user's own pipe breaks."""

from __future__ import annotations

from multiprocessing import Pipe
from pathlib import Path
from unittest.mock import Mock

import pytest

from reportgen.execution import worker
from reportgen.execution.locks import RunLock
from reportgen.execution.worker import Failed, Parent, ParentEnded, Task, _attempt
from reportgen.results.store import Store
from tests.support.training import plan


def test_a_worker_that_waits_for_another_build_ends_with_its_parent(tmp_path: Path) -> None:
    """It does not wait for a run that nobody would receive."""
    run, store = plan(), Store(tmp_path)
    ours, theirs = Pipe()
    theirs.close()
    lock = RunLock(store, run.key)
    assert lock.acquire()
    with pytest.raises(ParentEnded):
        _attempt(Task(run, wait=True), Mock(store=store), Mock(), Parent(ours))
    lock.release()


def test_a_broken_pipe_of_a_network_is_a_failure_of_its_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is not taken for the end of the parent, which alone ends the worker."""
    job, parent = Mock(store=Store(tmp_path)), Parent(Mock())
    monkeypatch.setattr(worker, "_fit", Mock(side_effect=BrokenPipeError(32, "of a subprocess")))
    failed = _attempt(Task(plan(), wait=False), job, Mock(), parent)
    assert isinstance(failed, Failed)
    assert "of a subprocess" in failed.reason
    monkeypatch.setattr(worker, "_fit", Mock(side_effect=ParentEnded))
    with pytest.raises(ParentEnded):
        _attempt(Task(plan(), wait=False), job, Mock(), parent)


@pytest.mark.parametrize("problem", [BrokenPipeError(), ConnectionResetError()])
def test_the_end_of_the_parent_is_told_from_other_errors(problem: OSError) -> None:
    """Whatever is sent to it."""
    parent = Parent(Mock(send=Mock(side_effect=problem), recv=Mock(side_effect=EOFError)))
    with pytest.raises(ParentEnded):
        parent.send(Mock())
    with pytest.raises(ParentEnded):
        parent.receive()
