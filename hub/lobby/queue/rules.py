"""The rules of a branch's queue as data: classes, counters, credits, windows, limits. Pure (K-03, K-06)."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from contracts import ErrorCode, Refusal
from contracts.fields import AccessNeed, Code, whole
from models.names import Names

BOOKED = "booked"
"""The credit of a ticket whose customer has an appointment and came within its window."""

Letter = Annotated[str, Meta(pattern=whole(r"[A-Z]"), description="one letter A to Z, as on the ticket")]
CounterName = Annotated[str, Meta(pattern=whole(r"[A-Za-z0-9][A-Za-z0-9-]{0,15}"), description="as shown to customers")]
PriorityName = Annotated[str, Meta(pattern=whole(r"[a-z][a-z0-9_]{0,31}"))]
Segment = Annotated[str, Meta(min_length=1, max_length=64, description="as the customers' records name it")]
Minutes = Annotated[float, Meta(ge=0, le=1440)]
Times = Annotated[int, Meta(ge=0, le=20)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]


class ServiceClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A class of businesses with tickets of its own; a ``short`` one may go to a quick counter.

    ``mean_minutes``: what a service takes as far as the branch knows; the waiting estimate learns better by itself.
    """

    names: Names
    businesses: Annotated[tuple[Code, ...], Meta(min_length=1)]
    mean_minutes: Annotated[float, Meta(gt=0, le=480)]
    short: bool = False


class CounterRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a counter can do: its service classes; a ``quick`` counter takes only the short ones of them."""

    classes: Annotated[tuple[Letter, ...], Meta(min_length=1)]
    quick: bool = False


class CustomerRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Priorities by what the bank knows of a customer who has said who they are. ``segments``: segment = priority;
    ``ages``: priority = from this age on, in whole years. Who is anonymous or unknown to the bank has none of them."""

    segments: dict[Segment, PriorityName] = {}
    ages: dict[PriorityName, Annotated[int, Meta(ge=0, le=150)]] = {}

    @property
    def ask(self) -> bool:
        """Whether anything of a customer matters."""
        return bool(self.segments or self.ages)

    def priorities(self, segment: str, age: int | None) -> Iterator[str]:
        """The priorities of a customer; ``age`` null where the bank doesn't know it."""
        if segment in self.segments:
            yield self.segments[segment]
        if age is not None:
            yield from (name for name, least in self.ages.items() if age >= least)


class QueueRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole rule file.

    ``credits``: minutes by which a ticket counts as older, by priority; what they add up to is at most ``cap_minutes``.
    ``needs``: the priority that an accessibility need stands for; ``customers``: those that the bank's records give.
    ``early_minutes`` before an appointment its window
    opens; later than ``grace_minutes`` after it the ticket is an ordinary one. ``recalls``: how often a called ticket
    may be called again. ``no_shows``: how often a missed ticket comes back by itself, each time
    ``no_show_penalty_minutes`` later. ``deferrals``: how often a customer may ask for more time, each time at most
    ``max_deferral_minutes`` or ``max_deferral_passes`` others. ``closing``: local time after which no ticket is given;
    ``closing_warning``: from which probability of being served later than that a customer is told so.
    """

    classes: Annotated[dict[Letter, ServiceClass], Meta(min_length=1)]
    counters: Annotated[dict[CounterName, CounterRule], Meta(min_length=1)]
    credits: dict[PriorityName, Minutes] = {}
    needs: dict[AccessNeed, PriorityName] = {}
    customers: CustomerRules = CustomerRules()
    cap_minutes: Minutes = 30.0
    early_minutes: Minutes = 15.0
    grace_minutes: Minutes = 10.0
    recalls: Times = 2
    no_shows: Times = 1
    no_show_penalty_minutes: Minutes = 5.0
    deferrals: Times = 2
    max_deferral_minutes: Minutes = 30.0
    max_deferral_passes: Times = 5
    closing: time | None = None
    closing_warning: Share = 0.5

    def class_of(self, business: str) -> str | None:
        """The class whose queue a business waits in; None when no class has it."""
        return next((name for name, service in self.classes.items() if business in service.businesses), None)

    def takes(self, counter: str, service: str) -> bool:
        """Whether this counter may serve this class."""
        rule = self.counters[counter]
        return service in rule.classes and (not rule.quick or self.classes[service].short)

    def priorities(self, needs: Iterable[AccessNeed], others: Iterable[str] = ()) -> tuple[str, ...]:
        """The priorities of a ticket: those that its needs stand for and ``others``, each once, as far as known."""
        named = [*(self.needs[need] for need in needs if need in self.needs), *others]
        return tuple(name for name in dict.fromkeys(named) if name in self.credits)

    def credit_s(self, priorities: Iterable[str]) -> float:
        """Seconds by which a ticket with these priorities counts as older: their sum, at most the cap."""
        return 60.0 * min(self.cap_minutes, sum(self.credits.get(name, 0.0) for name in priorities))

    def closes_at(self, day: date, zone: ZoneInfo) -> float | None:
        """The moment of closing on a local day, in seconds of Unix time; None when the rules know none."""
        return None if self.closing is None else datetime.combine(day, self.closing, zone).timestamp()


def read_rules(text: str) -> QueueRules | Refusal:
    """The rules in a TOML text, or everything that is wrong with them and where."""
    try:
        rules = msgspec.toml.decode(text, type=QueueRules)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        return Refusal(code=ErrorCode.INVALID_FIELD, detail=f"queue rules: {error}"[:500])
    wrong = [*_contradictions(rules)]
    if wrong:
        return Refusal(code=ErrorCode.INVALID_FIELD, detail=f"queue rules: {'; '.join(wrong)}"[:500])
    return rules


def without_class(rules: QueueRules, businesses: Iterable[str]) -> tuple[str, ...]:
    """The businesses of a catalogue that no class of the rules has: tickets for them could not be called."""
    return tuple(business for business in businesses if rules.class_of(business) is None)


def _contradictions(rules: QueueRules) -> Iterator[str]:
    owner: dict[str, str] = {}
    for name, service in rules.classes.items():
        for business in service.businesses:
            if business in owner:
                yield f"business {business!r} is in classes {owner[business]} and {name}: keep one"
            owner[business] = name
        if not any(name in rule.classes and (not rule.quick or service.short) for rule in rules.counters.values()):
            yield f"no counter serves class {name}: add it to one{'' if service.short else ' that is not quick'}"
    for name, counter in rules.counters.items():
        for unknown in counter.classes:
            if unknown not in rules.classes:
                yield f"counters.{name}.classes: no class {unknown!r}: use {', '.join(rules.classes)}"
    for need, priority in rules.needs.items():
        if priority not in rules.credits:
            yield f"needs.{need.value}: no priority {priority!r} in credits: add it"
    for segment, priority in rules.customers.segments.items():
        if priority not in rules.credits:
            yield f"customers.segments.{segment}: no priority {priority!r} in credits: add it"
    for priority in rules.customers.ages:
        if priority not in rules.credits:
            yield f"customers.ages.{priority}: no priority {priority!r} in credits: add it"
    for priority, minutes in rules.credits.items():
        if minutes > rules.cap_minutes:
            cap = rules.cap_minutes
            yield f"credits.{priority} = {minutes:g} is above cap_minutes = {cap:g}: lower one or raise the other"
    if rules.closing is not None and rules.closing.tzinfo is not None:
        yield "closing is a local time: write it without an offset"
