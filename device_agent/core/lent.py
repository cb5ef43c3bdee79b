"""What a device that its branch lends knows of its customer, and which of their calls is to be felt. Pure (K-06)."""

import msgspec
from msgspec import UNSET, UnsetType

from contracts.fields import Language
from contracts.lending import Lent, LentStage


class LentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A device to be lent. ``lent``: to whom, as the hub told it last; null while it lies ready.

    ``begun``: the latest call whose vibration has begun here; ``answered``: the latest that the customer has tapped.
    """

    lent: Lent | None = None
    begun: int = 0
    answered: int = 0

    @property
    def language(self) -> Language | None:
        """The customer's; null while nobody has it."""
        return None if self.lent is None else self.lent.language

    @property
    def calls(self) -> bool:
        """Whether the customer is called and hasn't tapped yet."""
        lent = self.lent
        return lent is not None and lent.stage is LentStage.CALLED and self.answered < lent.call


def follow(record: LentRecord | None, lent: Lent | UnsetType | None) -> LentRecord | None:
    """The record after the hub's word: left out, the device isn't lent at all; of another customer it knows nothing."""
    if lent is UNSET:
        return None
    if lent is None or record is None or record.lent is None or record.lent.lending != lent.lending:
        return LentRecord(lent=lent)
    return msgspec.structs.replace(record, lent=lent)


def due(record: LentRecord | None) -> bool:
    """Whether the customer's call has not been felt yet. One that was followed by another is never felt."""
    return record is not None and record.lent is not None and record.calls and record.lent.call > record.begun


def begun(record: LentRecord) -> LentRecord:
    """Its vibration begins now; written down before the motor moves, so that nothing begins twice."""
    return record if record.lent is None else msgspec.structs.replace(record, begun=record.lent.call)


def answered(record: LentRecord) -> LentRecord:
    """The customer has tapped."""
    return record if record.lent is None else msgspec.structs.replace(record, answered=record.lent.call)


def changes_hands(before: LentRecord | None, after: LentRecord | None) -> bool:
    """Whether another has the device now than before, or nobody."""
    had = None if before is None or before.lent is None else before.lent.lending
    has = None if after is None or after.lent is None else after.lent.lending
    return had != has
