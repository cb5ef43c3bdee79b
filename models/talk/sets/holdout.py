"""Which rows of the training files are kept for measuring: the English model never learns from them.
Only BANKING77's linear model does, once it was measured without them. Pure."""

from __future__ import annotations

import hashlib

ONE_IN = {"banking77": 20, "nlupp": 10, "sgd-banks": 5}
"""One row in so many, by set. MAMS has a validation file of its own."""


def held_out(name: str, key: str) -> bool:
    """Whether the row of set ``name`` is kept for measuring; by hash of ``key`` (its text, or its dialogue's id), so
    that it depends on neither order nor file."""
    return int(hashlib.sha256(f"{name}:{key}".encode()).hexdigest(), 16) % ONE_IN[name] == 0
