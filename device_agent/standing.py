"""Where the parts of one agent find its state, and leave it changed."""

from device_agent.core.acts import WristState


class Standing:
    """Holds the state; each change puts a new value in its place."""

    def __init__(self, state: WristState) -> None:
        self.state = state
