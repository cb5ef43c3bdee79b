"""A kiosk's window that a customer uses and leaves, and which then waits to be looked through.

``python -m tests.integration.kiosk.canary_window [keep]``: reads what the customer types and shows from standard input,
one byte at a time, so that the texts themselves are nowhere but where the kiosk puts them: a line each for the digits
of a phone number and of an ID number, the letters of a search, the code of a booking, the customer's reference, the
advisor's name, the masked number and a sentence that is said. It tells ``begun`` when the customer is about to leave
and ``done`` when they have left, each time waiting for a line. With ``keep`` it holds on to the phone number, and
sweeps nothing.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator

import msgspec

from kiosk.gallery.house import Furniture
from kiosk.gallery.stage import Stage, open_stage
from kiosk.presenters.house import Booking, Known
from kiosk.presenters.visit import ANSWER_S, ASK_AFTER_S
from kiosk.scrubbing import sweep

SIZE = (540, 960)


def characters() -> Iterator[str]:
    """Of one line, as they come."""
    while (one := os.read(0, 1)) not in {b"\n", b""}:
        yield one.decode("ascii")


async def touch(stage: Stage, *names: str) -> None:
    """The choices of these names, one after the other."""
    for name in names:
        if not await stage.touch(name):
            raise AssertionError(f"no {name!r} on {stage.page.name!r}: {sorted(stage.app.board.named)}")


async def visit(stage: Stage, kept: list[str]) -> None:
    """The customer types numbers, searches, holds a booking's code and then a card to the readers."""
    await touch(stage, "en", "phone")
    for digit in characters():
        await touch(stage, f"key {digit}")
    if kept:
        kept[0] = stage.desk.visit.typed
    await touch(stage, "back", "id-number")
    for digit in characters():
        await touch(stage, f"key {digit}")
    await touch(stage, "enter", "back", "no card", "search")
    for letter in characters():
        await touch(stage, f"key {letter.upper()}")
    code = "".join(characters())
    reference = "".join(characters())
    who = "".join(characters())
    booking = Booking(code=code, customer=reference, business="loan", at="14:30", who=who)
    del code
    await touch(stage, "over", "en")
    stage.desk.read((booking,), at_s=stage.now_s)
    del booking
    await stage.pass_time(0.5)
    await touch(stage, "over", "en")
    known = Known(reference, "•••• " + "".join(characters()))
    del reference, who
    stage.desk.read(known, at_s=stage.now_s)
    del known
    await stage.pass_time(0.5)
    await touch(stage, "over", "en", "no card", "search", "listen")
    said = "".join(characters())
    has = stage.house.has
    stage.house.has = msgspec.structs.replace(has, said=said)
    await stage.pass_time(0.5)
    stage.house.has = has
    stage.desk.heard(said, at_s=stage.now_s)
    del said
    await stage.pass_time(0.5)
    assert stage.desk.visit.said


async def main() -> None:
    """One visit."""
    how = sys.argv[1] if len(sys.argv) > 1 else ""
    kept = [""] if how == "keep" else []
    async with open_stage(SIZE) as stage:
        stage.begin(Furniture())
        await stage.frames()
        await visit(stage, kept)
        print("begun", flush=True)
        os.read(0, 1)
        await stage.pass_time(ASK_AFTER_S + ANSWER_S + 1)
        await stage.pass_time(10)
        assert stage.page.name == "start", stage.page.name
        if how != "keep":
            await sweep()
        print("done", flush=True)
        os.read(0, 1)
    del kept


if __name__ == "__main__":
    asyncio.run(main())
