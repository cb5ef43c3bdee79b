"""Errors of stories.

``DeviceAgentError``
└── ``StoryError``: a story file that can't be played, or a watch that said to the hub what no watch may say
    └── ``StoryFailed``: what a step expected did not come
"""

from pathlib import Path

from device_agent.errors import DeviceAgentError


class StoryError(DeviceAgentError):
    """Names the file, the step, what was wrong with what, and what to do."""


class StoryFailed(StoryError):
    """Names the step, what was expected, and what there was instead."""


def unwritable(path: Path, error: OSError) -> StoryError:
    """A folder or a picture of ``--shots`` that can't be made."""
    return StoryError(f"shots: {path}: can't be written: {error.strerror or error}; give a folder of your own")
