"""The port through which a script touches the window."""

from typing import Protocol


class Fingers(Protocol):
    """Touches what is on the screen."""

    async def tap(self, name: str) -> bool:
        """Touch the thing of this name; false when it isn't on the screen."""
        ...

    async def swipe(self, to: str) -> None:
        """Across most of the glass: left, right, up or down."""
        ...
