"""Faults of the correction."""

from models.errors import ModelsError


class CorrectionError(ModelsError):
    """A learner's settings, state or input don't fit together."""
