"""How many examples hypothesis tries of one property."""

from __future__ import annotations

from hypothesis import settings


def at_most(count: int) -> settings:
    """Try `count` examples, or as many as the profile has where these are fewer."""
    return settings(max_examples=min(count, settings().max_examples))
