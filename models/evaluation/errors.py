"""Faults of the evaluation."""

from models.errors import ModelsError


class EvaluationError(ModelsError):
    """A log, a policy or the settings don't fit together."""
