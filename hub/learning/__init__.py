"""Learning: what feedback teaches, the models made of it, their gate, canary, release and roll-back (W-15, W-16)."""

from hub.learning.settings import LearningConfig

__all__ = ["LearningConfig"]
