"""The audit beside mlscorecheck, case by case; `python -m benchmarks audit` compares more."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from benchmarks.audit import judge, random_cases


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep what mlscorecheck logs out of the output."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.slow
def test_the_audit_and_mlscorecheck_do_not_contradict_each_other() -> None:
    """Neither calls impossible what the other has counts for, and both see both kinds."""
    judged = [judge(case) for case in random_cases(60, seed=1)]
    assert not any(each.contradict for each in judged)
    assert {each.ours for each in judged} >= {"possible", "impossible"}
    assert {each.impossible for each in judged} == {True, False}
