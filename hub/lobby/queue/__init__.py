"""The queue of a branch: its rules as data, its engine and the waiting estimate (spec 2, K-03, K-06).

All modules in it are pure; only this door reads: the rules of the sample branch, which lie beside it.
"""

from importlib.resources import files


def sample_rules_text() -> str:
    """The shipped rules of the sample branch, TOML for :func:`hub.lobby.queue.rules.read_rules`."""
    return files(__name__).joinpath("sample.toml").read_text(encoding="utf-8")
