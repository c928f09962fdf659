"""What a process keeps in memory of its last builds."""

from __future__ import annotations

from reportgen.results.memory import Memory


def test_latest_results_are_kept() -> None:
    """What was used last stays; what was used longest ago is made anew."""
    memory, made = Memory(most=2), []

    def make(key: str) -> str:
        return memory.recall(key, lambda: made.append(key) or key.upper())  # type: ignore[func-returns-value]

    assert [make(key) for key in "abacba"] == list("ABACBA")
    assert made == ["a", "b", "c", "b", "a"]
