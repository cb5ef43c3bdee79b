"""Made-up moments of a device that is lent to a waiting customer."""

from dataclasses import replace
from datetime import timedelta

import msgspec

from contracts.fields import Language
from contracts.lending import Lent, LentStage
from device_agent.core.acts import WristState
from device_agent.core.lent import LentRecord
from device_agent.ui.cast import NOW


def lent_moments(language: Language, unbound: WristState) -> list[tuple[str, WristState]]:
    """Every state of a lent device's screen, by name; ``unbound`` is a device that serves no branch."""
    free = replace(unbound, choices=())
    away = replace(free, online=False, offline_since=NOW - timedelta(seconds=40))
    tired = replace(free, conditions=msgspec.structs.replace(free.conditions, battery_percent=9))
    waits = Lent(
        lending="lending-0001",
        number="A017",
        language=language,
        stage=LentStage.WAITING,
        ahead=3,
        low_min=5,
        high_min=10,
    )
    called = _now(waits, LentStage.CALLED, call=1, counter="3")
    long = msgspec.structs.replace(called, counter="VIP 12")

    def has(lent: Lent, answered: int = 0, state: WristState = free) -> WristState:
        return replace(state, lent=LentRecord(lent=lent, begun=lent.call, answered=answered))

    return [
        ("lent-ready", replace(free, lent=LentRecord())),
        ("lent-waiting", has(waits)),
        ("lent-aside", has(_now(waits, LentStage.ASIDE))),
        ("lent-lost", has(waits, state=away)),
        ("lent-battery-low", has(waits, state=tired)),
        ("lent-called", has(called)),
        ("lent-called-long", has(long)),
        ("lent-called-noticed", has(called, 1)),
        ("lent-serving", has(_now(called, LentStage.SERVING), 1)),
        ("lent-over", has(_now(waits, LentStage.OVER))),
    ]


def _now(lent: Lent, stage: LentStage, call: int = 0, counter: str | None = None) -> Lent:
    return msgspec.structs.replace(
        lent,
        stage=stage,
        call=call or lent.call,
        counter=counter or lent.counter,
        ahead=None,
        low_min=None,
        high_min=None,
    )
