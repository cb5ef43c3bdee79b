"""Which customers a model may be trained on. Pure."""

from __future__ import annotations

import hashlib

from models.customers import Split

TEST_SHARE = 5
"""One customer in five is held out."""


def split_of(row: int) -> Split:
    """Whether the models that come with Usher may train on this row (a data set's row, a simulated customer's
    number)."""
    return "test" if fold_of(row) == 0 else "train"


def fold_of(row: int) -> int:
    """The row's fold, 0 to 4, by hash, so that it never depends on the order of the file; fold 0 is the held-out
    part."""
    return int(hashlib.sha256(f"split{row}".encode()).hexdigest(), 16) % TEST_SHARE
