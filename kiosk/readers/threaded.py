"""What readers share that wait in a thread of their own: telling the loop, health, an end."""

import asyncio
import logging
import threading
from abc import ABC, abstractmethod

from kiosk.readers.ports import Health, Heard, Reading, State

log = logging.getLogger(__name__)


class ThreadedReader(ABC):
    """``run`` is called in a thread, and again a while after each fault, until ``stop``."""

    def __init__(self, name: str, retry_s: float) -> None:
        self.name = name
        self._retry_s = retry_s
        self._health = Health(State.STOPPED)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._heard: Heard | None = None

    @property
    def health(self) -> Health:
        return self._health

    def start(self, heard: Heard) -> None:
        self._loop = asyncio.get_running_loop()
        self._heard = heard
        self._health = Health(State.STARTING)
        self._thread = threading.Thread(target=self._work, name=f"reader {self.name}", daemon=True)
        self._thread.start()

    def forget(self) -> None:  # noqa: B027 - most have nothing
        """Nothing is kept."""

    async def stop(self) -> None:
        self._heard = None
        self._stopping.set()
        if self._thread is not None:
            self.wake()
            await asyncio.to_thread(self._thread.join)
        self._health = Health(State.STOPPED)

    @abstractmethod
    def run(self) -> Health:
        """Read until ``stopping``; returns what ended it."""

    def wake(self) -> None:  # noqa: B027 - some never wait long
        """End a wait of ``run``'s."""

    # --- for run ------------------------------------------------------------------------------------------------------

    @property
    def stopping(self) -> bool:
        """Whether to come to an end."""
        return self._stopping.is_set()

    def tell(self, reading: Reading) -> None:
        """Tell it in the loop. Health is told, and logged, when it changes."""
        if isinstance(reading, Health):
            if reading == self._health:
                return
            self._health = reading
            well = reading.state is State.READY
            how = logging.INFO if well else logging.WARNING
            log.log(how, "reader_health reader=%s state=%s why=%r do=%r", self.name, *_told(reading))
        loop = self._loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(self._hand, reading)
            except RuntimeError:
                self._stopping.set()  # the loop is closed: nobody is left to hear

    def wait(self, seconds: float) -> None:
        """Wait, unless it is the end."""
        self._stopping.wait(seconds)

    def _hand(self, reading: Reading) -> None:
        if self._heard is not None:
            self._heard(reading)

    def _work(self) -> None:
        while not self.stopping:
            try:
                self.tell(self.run())
            except Exception as error:
                # Whatever a driver does, the kiosk goes on, and so does the reader once it can.
                log.exception("reader_failed reader=%s", self.name)
                self.tell(Health(State.FAULT, f"{type(error).__name__}: {error}", "see the kiosk's log"))
            self.wait(self._retry_s)


def _told(health: Health) -> tuple[str, str, str]:
    return health.state.value, health.why, health.do
