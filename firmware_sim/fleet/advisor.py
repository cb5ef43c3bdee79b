"""A scripted advisor at a real device agent: claims what comes, talks, and answers the feedback truthfully."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from contracts.fields import Language
from firmware_sim.fleet.branch import Heard, Wearer
from firmware_sim.fleet.studio import Mouth
from models.customers import CustomerRecord


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long people take, in seconds (the morning runs faster than life)."""

    between_tickets_s: float
    reaction_s: float
    line_s: float


class Tells(Protocol):
    """Takes commands to one agent."""

    async def tell(self, device: str, command: Mapping[str, object]) -> None:
        """One command to this device."""
        ...


Truth = Callable[[str], tuple[CustomerRecord, str] | None]
"""By ticket number: who the customer is, and which business they chose; null for one that a person let in by hand."""


class ScriptedAdvisor:
    """Drives one agent: one visit at a time, oldest offer first.

    ``mouth``: speaks the talk that may be recorded; null where the advisor types it. What it says in other words
    is typed, too.
    """

    def __init__(
        self,
        wearer: Wearer,
        branch: Tells,
        *,
        truth: Truth,
        talk: Callable[[str, str, Language], Sequence[str]],
        tag_of: Mapping[str, str],
        tell: Callable[[str, str], None],
        pace: Pace,
        chance: random.Random,
        mouth: Mouth | None = None,
    ) -> None:
        self.wearer = wearer
        self.talking = False
        self._branch = branch
        self._truth = truth
        self._talk = talk
        self._tag_of = tag_of
        self._tell = tell
        self._pace = pace
        self._chance = chance
        self._mouth = mouth
        self._open: dict[str, str] = {}
        self._changed = asyncio.Event()
        self._mine: str | None = None
        self._done: set[str] = set()

    def hear(self, heard: Heard) -> None:
        """An event of the agent."""
        if self._mouth is not None:
            self._mouth.hear(heard)
        match heard.event:
            case "offered" if heard.task is not None and heard.number is not None:
                self._open[heard.task] = heard.number
            case "claimed" if heard.task is not None:
                number = self._open.pop(heard.task, heard.number)
                if heard.mine and number is not None and self._truth(number):
                    self._mine = number
            case "withdrawn" if heard.task is not None:
                self._open.pop(heard.task, None)
            case "done" if heard.task is not None:
                self._done.add(heard.task)
        self._changed.set()

    async def work(self) -> None:
        """Serve customers until cancelled."""
        while True:
            await self._until(lambda: self._next() is not None)
            await asyncio.sleep(self._chance.uniform(0.3, 1.0) * self._pace.reaction_s)
            task = self._next()
            if task is None:
                continue
            number = self._open[task]
            await self._branch.tell(self.wearer.device, {"do": "claim", "task": task})
            await self._until(lambda task=task: task not in self._open)  # type: ignore[misc]
            if self._mine == number:
                await self._serve(task, number)
                self._mine = None

    async def _serve(self, task: str, number: str) -> None:
        known = self._truth(number)
        assert known is not None, f"{number} is none of the morning's"
        customer, business = known
        consent = "granted" if self._chance.random() < 0.8 else "refused"
        self.talking = True
        await self._branch.tell(self.wearer.device, {"do": "talk", "task": task, "consent": consent})
        self._tell(number, f"talk begins, recording {consent}")
        if customer.hidden_product is not None:
            mouth = self._mouth if consent == "granted" else None
            if mouth is not None and not await mouth.listened_to(number):
                mouth = None
            for line in self._talk(business, customer.hidden_product, self.wearer.language):
                await asyncio.sleep(self._chance.uniform(0.5, 1.0) * self._pace.line_s)
                if mouth is not None:
                    await mouth.say(task, number, line)
                    if mouth.says_the_line:
                        continue
                await self._branch.tell(self.wearer.device, {"do": "say", "text": line})
                self._tell(number, f"“{line}”")
        await self._branch.tell(self.wearer.device, truthful_feedback(task, customer, self._tag_of))
        await self._until(lambda: task in self._done)
        self.talking = False

    def _next(self) -> str | None:
        """The oldest open task of the morning's own customers."""
        return next((task for task, number in self._open.items() if self._truth(number) is not None), None)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()


def truthful_feedback(task: str, customer: CustomerRecord, tag_of: Mapping[str, str]) -> dict[str, object]:
    """The hidden product is what the customer truly holds: it was taken, and its category is what they care about."""
    if customer.hidden_product is None:
        return {"do": "feedback", "task": task, "outcome": "failure"}
    return {
        "do": "feedback",
        "task": task,
        "outcome": "success",
        "products": [customer.hidden_product],
        "preferences": [tag_of[customer.hidden_product]],
    }
