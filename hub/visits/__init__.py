"""The visits' room: targets, demand, tasks, dispatch, talk, feedback, match score (spec 1)."""

from hub.visits.score import ScoreSettings

__all__ = ["ScoreSettings"]
