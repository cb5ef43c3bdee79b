"""The times of queued messages, set right when the agent learns how wrong its clock is."""

from datetime import timedelta

import msgspec

from contracts import Envelope, decode, encode
from runtime.agent.mailbox import Mailbox
from runtime.clock import CorrectedClock

WORTH_MENDING = timedelta(minutes=1)
"""A queued message's time that is less wrong stays: setting it right could only carry it over midnight."""


class LetterTimes:
    """Beside one mailbox and its agent's clock."""

    def __init__(self, mailbox: Mailbox, clock: CorrectedClock) -> None:
        self._mailbox = mailbox
        self._clock = clock
        # Queued before the hub first said its time, by message id: the clock's offset then, for setting its time right.
        self._untimed: dict[str, timedelta] | None = {}

    def queued(self, message_id: str) -> None:
        """A message was queued just now."""
        if self._untimed is not None:
            self._untimed[message_id] = self._clock.offset

    def hub_time_known(self) -> None:
        """The time is known now: what was queued in this run before, by a clock that was far off, is set right."""
        untimed, self._untimed = self._untimed, None
        wrong = {key: self._clock.offset - offset for key, offset in (untimed or {}).items()}
        wrong = {key: moved for key, moved in wrong.items() if abs(moved) > WORTH_MENDING}
        if not wrong:
            return
        with self._mailbox.transaction():
            for letter in self._mailbox.letters():
                moved = wrong.get(letter.id)
                envelope = decode(letter.payload) if moved is not None else None
                if moved is not None and isinstance(envelope, Envelope):
                    self._mailbox.restamp(
                        letter.id, encode(msgspec.structs.replace(envelope, time=envelope.time + moved))
                    )

    def mend(self, refused_id: str | None, moved: timedelta) -> None:
        """The hub refused this message for its time, and the clock has moved since."""
        letter = self._mailbox.head()
        if letter is None or letter.id != refused_id:
            return
        envelope = decode(letter.payload)
        if isinstance(envelope, Envelope):
            mended = msgspec.structs.replace(envelope, time=min(envelope.time + moved, self._clock.now()))
            self._mailbox.restamp(letter.id, encode(mended))
