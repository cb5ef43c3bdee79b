"""The kinds of branches of ``usher bench queue``: those that are reported, and those that constants were chosen on."""

from __future__ import annotations

import msgspec

from hub.lobby.queue.rules import BOOKED, CounterRule, QueueRules, ServiceClass
from models.names import Names


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A class of a shape: its share of the arrivals, stated mean, whether it is short, the true gamma's shape."""

    share: float
    minutes: float
    short: bool = False
    gamma: float = 2.5


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of branch. ``load``: work that comes in an average hour, by the true means, over what counters can do;
    ``peak``: how much busier noon is than the average; ``booked``: share of arrivals with an appointment;
    ``misstated``: true means are the stated ones times between 1/m and m."""

    name: str
    kinds: dict[str, Kind]
    counters: dict[str, tuple[str, bool]]
    load: float = 0.7
    peak: float = 1.5
    credited: float = 0.12
    booked: float = 0.06
    no_show: float = 0.05
    misstated: float = 1.6
    heavy: float = 0.03

    def rules(self) -> QueueRules:
        """The rules of such a branch."""
        return QueueRules(
            classes={
                name: ServiceClass(
                    names=Names(en=name, zh=name, ko=name),
                    businesses=(f"business_{name}",),
                    mean_minutes=kind.minutes,
                    short=kind.short,
                )
                for name, kind in self.kinds.items()
            },
            counters={
                name: CounterRule(classes=tuple(skills), quick=quick) for name, (skills, quick) in self.counters.items()
            },
            credits={BOOKED: 30.0, "elderly": 10.0, "disability": 15.0, "private_banking": 10.0},
        )


SHAPES = (
    Shape(
        name="high_street",
        kinds={
            "A": Kind(share=5, minutes=4, short=True),
            "B": Kind(share=3, minutes=9),
            "C": Kind(share=1, minutes=20, gamma=3),
            "D": Kind(share=1, minutes=25, gamma=2),
        },
        counters={
            "1": ("A", True),
            "2": ("A", True),
            "3": ("AB", False),
            "4": ("AB", False),
            "5": ("BC", False),
            "6": ("CD", False),
            "7": ("BD", False),
            "8": ("ABCD", False),
        },
        load=0.65,
    ),
    Shape(
        name="village",
        kinds={"A": Kind(share=2, minutes=5, gamma=1.5), "B": Kind(share=1, minutes=14)},
        counters={"1": ("AB", False), "2": ("AB", False)},
        load=0.6,
        heavy=0.05,
    ),
    Shape(
        name="station",
        kinds={"A": Kind(share=6, minutes=3, short=True, gamma=2), "B": Kind(share=2, minutes=8, gamma=2)},
        counters={"1": ("A", True), "2": ("AB", False), "3": ("AB", False), "4": ("AB", False)},
        load=0.6,
        peak=2.0,
        no_show=0.08,
    ),
    Shape(
        name="advice",
        kinds={"C": Kind(share=2, minutes=22, gamma=3), "D": Kind(share=1, minutes=30, gamma=4)},
        counters={"1": ("C", False), "2": ("CD", False), "3": ("CD", False), "4": ("D", False)},
        load=0.55,
        booked=0.3,
        credited=0.2,
    ),
    Shape(
        name="misstated",
        kinds={"A": Kind(share=4, minutes=5), "B": Kind(share=2, minutes=10), "C": Kind(share=1, minutes=15)},
        counters={"1": ("AB", False), "2": ("AB", False), "3": ("ABC", False), "4": ("AC", False), "5": ("BC", False)},
        load=0.65,
        misstated=2.0,
    ),
)
"""What is reported."""

TUNING = (
    Shape(
        name="town",
        kinds={
            "A": Kind(share=5, minutes=4, short=True),
            "B": Kind(share=3, minutes=9),
            "C": Kind(share=1, minutes=18),
        },
        counters={
            "1": ("A", True),
            "2": ("AB", False),
            "3": ("AB", False),
            "4": ("BC", False),
            "5": ("ABC", False),
        },
        load=0.7,
    ),
    Shape(
        name="small",
        kinds={"A": Kind(share=3, minutes=5), "B": Kind(share=1, minutes=15)},
        counters={"1": ("AB", False), "2": ("AB", False), "3": ("AB", False)},
        load=0.7,
    ),
)
"""What the constants were chosen on."""
