"""The talks of the visits' room, as hearing needs them: each question is a transaction of the hub's one writer."""

from collections.abc import Callable, Sequence

import msgspec

from contracts import Refusal
from contracts.visits import SegmentHeard, SegmentOrigin
from hub.hearing.ports import Placed, Spoken, TalkOf
from hub.ports import Transact
from hub.storage import UnitOfWork

MayListen = Callable[[UnitOfWork, str, str], Refusal | None]
"""Why a device may not listen to a task's talk just now, or null."""

Recognised = Callable[[UnitOfWork, str, SegmentHeard], SegmentHeard | Refusal]
"""Takes a segment for a device's talk, without personal data and at the next place: what it took, or why not."""


class TransactedTalks:
    """See :class:`hub.hearing.ports.Talks`."""

    def __init__(self, transact: Callable[[], Transact], may_listen: MayListen, recognised: Recognised) -> None:
        """``transact`` gives the writer, which is made later."""
        self._transact = transact
        self._may_listen = may_listen
        self._recognised = recognised

    async def check(self, talks: Sequence[TalkOf]) -> Sequence[Refusal | None]:
        def job(unit: UnitOfWork) -> list[Refusal | None]:
            return [self._may_listen(unit, talk.device, talk.task_id) for talk in talks]

        return await self._transact()(job)

    async def take(self, talk: TalkOf, spoken: Spoken) -> Placed | Refusal:
        heard = SegmentHeard(
            task_id=talk.task_id,
            index=0,
            origin=SegmentOrigin.SPEECH,
            language=spoken.language,
            text=spoken.text,
            words=spoken.words,
            engine=spoken.engine,
            at_ms=spoken.at_ms,
        )

        def job(unit: UnitOfWork) -> SegmentHeard | Refusal:
            return self._recognised(unit, talk.device, heard)

        took = await self._transact()(job)
        if isinstance(took, Refusal):
            return took
        return Placed(took.index, msgspec.structs.replace(spoken, text=took.text, words=took.words))
