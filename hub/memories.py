"""What several rooms keep in memory, as the engine knows it: one."""

from hub.ports import Memory


class Memories:
    """A :class:`~hub.ports.Memory` of several, told in their order."""

    def __init__(self, *each: Memory) -> None:
        self._each = each

    def committed(self) -> None:
        for one in self._each:
            one.committed()

    def undone(self) -> None:
        for one in self._each:
            one.undone()
