"""A bank's own customers as lines that a hub takes in: one JSON object each, `{"record": …, "advisor": …}`."""

# ruff: noqa: S608 — every name and text in a statement goes through `quoted` and `literal`.
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import numpy as np
import numpy.typing as npt

from models.customers import CustomerRecord, Event
from models.training.bank_tables import Bank
from models.training.facts import ages_of, risk_ratings_of, said_texts, said_yes_no, segments_of
from models.training.reading import values_of
from models.training.tables import Read

MOST_EVENTS = 500
_BLOCK = 20_000


class Provisioned(msgspec.Struct, frozen=True):
    """A line: the customer's record and, where the bank says it, their advisor."""

    record: CustomerRecord
    advisor: str | None


def provisioned(read: Read, *, most_events: int = MOST_EVENTS) -> Iterator[Provisioned]:
    """Every customer of the bank with all they hold and at most so many of their newest events of each log.

    Of several rows of a customer the latest. The numbers of date columns are those of the moment of the analysis.
    """
    bank = read.bank
    chosen = _latest(bank)
    named = {column.code: column for column in read.catalogue.profile}
    values = {one.code: values_of(bank, one, named[one.code]) for one in read.readings}
    codes = read.catalogue.product_codes
    ages, ratings, segments = ages_of(bank), risk_ratings_of(bank), segments_of(bank)
    names = said_texts(bank, bank.spec.facts.name, "facts.name")
    advisors = said_texts(bank, bank.spec.facts.advisor, "facts.advisor")
    consents = said_yes_no(bank, bank.spec.facts.marketing_consent, "facts.marketing_consent")
    for start in range(0, len(bank), _BLOCK):
        stop = min(start + _BLOCK, len(bank))
        events = _events(read, start, stop, most_events)
        for at in range(start, stop):
            if not chosen[at]:
                continue
            age = None if np.isnan(ages[at]) else int(ages[at])
            yield Provisioned(
                CustomerRecord(
                    ref=bank.keys[at],
                    display_name=(names[at] if names is not None else "") or f"Customer {bank.keys[at]}",
                    profile={code: float(one[at]) for code, one in values.items() if not np.isnan(one[at])},
                    holdings=frozenset(codes[k] for k in np.flatnonzero(read.held[at])),
                    hidden_product=None,
                    segment=str(segments[at]),
                    risk_rating=int(ratings[at]),
                    age=age,
                    age_band="" if age is None else f"{age // 10 * 10}–{age // 10 * 10 + 9}",
                    events=tuple(events.get(at, ())),
                    marketing_consent=consents[at],
                ),
                (advisors[at] or None) if advisors is not None else None,
            )


def _latest(bank: Bank) -> npt.NDArray[np.bool_]:
    """Which customers' rows are the latest of their customer."""
    order = np.lexsort((np.arange(len(bank)), np.nan_to_num(bank.as_of), bank.who))
    last = np.append(bank.who[order[1:]] != bank.who[order[:-1]], True)
    chosen = np.zeros(len(bank), dtype=np.bool_)
    chosen[order[last]] = True
    return chosen


def _events(read: Read, start: int, stop: int, most: int) -> dict[int, list[Event]]:
    events: dict[int, list[Event]] = {}
    for log in read.logs:
        rows = read.bank.warehouse.rows(
            f'SELECT l.n, l.moment, l.kind, l.amount FROM {log.relation} l JOIN customers c ON c."usher:n" = l.n '
            f'WHERE l.n >= {start} AND l.n < {stop} AND l.moment < c."usher:as_of" '
            f"QUALIFY row_number() OVER (PARTITION BY l.n ORDER BY l.moment DESC, l.kind, l.amount) <= {most} "
            "ORDER BY l.n, l.moment, l.kind, l.amount"
        )
        for n, at, kind, amount in rows:
            moment = datetime.fromtimestamp(float(str(at)), UTC)
            events.setdefault(int(str(n)), []).append(Event(log.event.name, moment, str(kind), float(str(amount))))
    return events
