"""The simulated bank as another bank would hand it over: plain files, streamed, so that a million customers fit.

customers.csv        customer_id, birth_date, joined, segment, region, monthly_income, assets, children, home_owner,
                     app_days_90d, trips_abroad_12m, risk_rating (words, dates, amounts; some cells empty)
holdings.csv         customer_id, product, opened
targets.csv          customer_id, product (what they have come for), at (the moment they came)
app_events.csv.gz    customer_id, time, page, seconds
transactions.csv.gz  customer_id, time, kind, amount (minor units)
bank.toml            the spec that describes them, for `usher models train --spec`

Times are UTC, `YYYY-MM-DDTHH:MM:SSZ`; every event is before the bank's `as_of`, every target at it.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, TextIO

import msgspec
import numpy as np

from models.errors import ModelsError
from models.simulation.bank import SimulatedBank
from models.simulation.calendar import DAY_S
from models.simulation.description import bank_toml
from models.simulation.draws import BLOCK, RECORD, Floats, Ints
from models.simulation.habits import CODES
from models.simulation.parameters import SEGMENTS
from models.simulation.visitors import Visitors

CUSTOMERS: Final = "customers.csv"
HOLDINGS: Final = "holdings.csv"
TARGETS: Final = "targets.csv"
APP_EVENTS: Final = "app_events.csv.gz"
TRANSACTIONS: Final = "transactions.csv.gz"
SPEC: Final = "bank.toml"

HEADERS: Final[dict[str, str]] = {
    CUSTOMERS: "customer_id,birth_date,joined,segment,region,monthly_income,assets,children,home_owner,app_days_90d,"
    "trips_abroad_12m,risk_rating",
    HOLDINGS: "customer_id,product,opened",
    TARGETS: "customer_id,product,at",
    APP_EVENTS: "customer_id,time,page,seconds",
    TRANSACTIONS: "customer_id,time,kind,amount",
}

REGIONS: Final = ("north", "south", "east", "west", "centre")
"""Pure noise: says nothing about anybody."""
_INCOME: Final = 90_000.0
_ASSETS: Final = 150_000.0
_MISSING: Final = {"monthly_income": 0.08, "assets": 0.15, "home_owner": 0.05, "region": 0.03}
"""Share of cells that the bank doesn't know."""
_COLOUR_WIDTH: Final = 11
_GZIP_LEVEL: Final = 1
_YEAR_DAYS: Final = 365.25


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: rows by file, and bytes in all."""

    folder: str
    customers: int
    rows: dict[str, int]
    bytes: int


def write_tables(bank: SimulatedBank, count: int, folder: Path) -> Written:
    """Write the bank's first `count` customers into `folder` (made if absent), the same bytes for the same bank.

    Memory does not grow with `count`: one block is written after another. `ModelsError` for a count below 1 and for a
    folder that has one of the files already.
    """
    if count < 1:
        raise ModelsError(f"{count} customers: at least one is needed")
    folder.mkdir(parents=True, exist_ok=True)
    there = [name for name in (*HEADERS, SPEC) if (folder / name).exists()]
    if there:
        raise ModelsError(f"{folder} has {', '.join(there)} already: choose an empty folder")
    rows = dict.fromkeys(HEADERS, 0)
    with ExitStack() as stack:
        files = {name: stack.enter_context(_text_file(folder / name)) for name in HEADERS}
        for name, file in files.items():
            file.write(HEADERS[name] + "\n")
        for block in range(-(-count // BLOCK)):
            visitors = bank.visitors(block)
            written = min(count - block * BLOCK, BLOCK)
            for name, lines in _block_lines(visitors, written).items():
                rows[name] += len(lines)
                files[name].write("".join(lines))
    spec = bank_toml(bank.catalogue, seed=bank.seed, count=count, as_of=bank.as_of)
    (folder / SPEC).write_text(spec, "utf-8", newline="\n")
    size = sum((folder / name).stat().st_size for name in (*HEADERS, SPEC))
    return Written(folder=str(folder), customers=count, rows=rows, bytes=size)


@contextmanager
def _text_file(path: Path) -> Iterator[TextIO]:
    """A file for ASCII text; a .gz one without name and time in its header, so that equal rows give equal bytes."""
    with path.open("wb") as raw:
        if path.suffix != ".gz":
            with io.TextIOWrapper(raw, "ascii", newline="") as file:
                yield file
            return
        with (
            gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0) as packed,
            io.TextIOWrapper(packed, "ascii", newline="") as file,
        ):
            yield file


def _block_lines(visitors: Visitors, count: int) -> dict[str, list[str]]:
    numbers = visitors.numbers[:count]
    # The block's own generator, for what is only colour: it never touches what the customers are or want.
    colour = np.random.default_rng([visitors.seed, int(numbers[0]), RECORD, 1]).random((BLOCK, _COLOUR_WIDTH))
    ids = [f"C{number:08d}" for number in numbers.tolist()]
    log = visitors.log
    stop = int(np.searchsorted(log.owner, count))
    owners = [ids[at] for at in log.owner[:stop].tolist()]
    times = np.datetime_as_string(log.second[:stop].astype("datetime64[s]")).tolist()
    kinds = [CODES[at] for at in log.habit[:stop].tolist()]
    amounts = log.amount[:stop].astype(np.int64).tolist()
    is_money = log.is_money[:stop].tolist()
    app: list[str] = []
    money: list[str] = []
    for owner, time, kind, amount, spends in zip(owners, times, kinds, amounts, is_money, strict=True):
        (money if spends else app).append(f"{owner},{time}Z,{kind},{amount}\n")
    return {
        CUSTOMERS: _customer_lines(visitors, ids, colour),
        HOLDINGS: _holding_lines(visitors, ids, colour),
        TARGETS: _target_lines(visitors, ids),
        APP_EVENTS: app,
        TRANSACTIONS: money,
    }


def _customer_lines(visitors: Visitors, ids: Sequence[str], colour: Floats) -> list[str]:
    people, today = visitors.people, visitors.today
    age, tenure = people.column("age"), people.column("tenure_years")
    born = _dates(today - np.ceil((age + 0.99 * colour[:, 0]) * _YEAR_DAYS).astype(np.int64))
    joined = _dates(today - np.ceil((tenure + 0.99 * colour[:, 1]) * _YEAR_DAYS).astype(np.int64))
    income = _money(_INCOME * np.exp(0.25 * people.column("income_class")) * (0.85 + 0.3 * colour[:, 2]))
    assets = _money(_ASSETS * (np.exp(0.55 * people.column("assets_class")) - 0.6) * (0.7 + 0.6 * colour[:, 3]))
    region = [REGIONS[at] for at in (colour[:, 4] * len(REGIONS)).astype(np.int64).tolist()]
    owner = np.where(people.column("home_owner") > 0.5, "yes", "no").tolist()
    columns = (
        ids,
        born,
        joined,
        [SEGMENTS[at].code for at in people.segment.tolist()],
        _some_missing(region, colour[:, 5], _MISSING["region"]),
        _some_missing(income, colour[:, 6], _MISSING["monthly_income"]),
        _some_missing(assets, colour[:, 7], _MISSING["assets"]),
        _whole(people.column("children")),
        _some_missing(owner, colour[:, 8], _MISSING["home_owner"]),
        _whole(people.column("app_days_90d")),
        _whole(people.column("trips_abroad_12m")),
        _whole(people.column("risk_rating")),
    )
    count = len(ids)
    return [",".join(row) + "\n" for row in zip(*(column[:count] for column in columns), strict=True)]


def _holding_lines(visitors: Visitors, ids: Sequence[str], colour: Floats) -> list[str]:
    """The product's opening date is spread over the customer's years with the bank."""
    codes = visitors.market.codes
    days = np.maximum(visitors.people.column("tenure_years") * _YEAR_DAYS, 60.0)
    lines = []
    owner, product = np.nonzero(visitors.held[: len(ids)])
    share = (colour[owner, 9] + 0.618 * product) % 1.0
    opened = _dates(visitors.today[owner] - 1 - (share * days[owner]).astype(np.int64))
    for row, at, date in zip(owner.tolist(), product.tolist(), opened, strict=True):
        lines.append(f"{ids[row]},{codes[at]},{date}\n")
    return lines


def _target_lines(visitors: Visitors, ids: Sequence[str]) -> list[str]:
    codes = visitors.market.codes
    at = np.datetime_as_string(visitors.second.astype("datetime64[s]")).tolist()
    hidden = visitors.hidden.tolist()
    return [f"{one},{codes[hidden[row]]},{at[row]}Z\n" for row, one in enumerate(ids) if hidden[row] >= 0]


def _dates(day: Ints) -> list[str]:
    text: list[str] = np.datetime_as_string((day * DAY_S).astype("datetime64[s]"), unit="D").tolist()
    return text


def _money(amount: Floats) -> list[str]:
    return _whole(np.round(amount / 100.0) * 100.0)


def _whole(value: Floats) -> list[str]:
    return [str(one) for one in value.astype(np.int64).tolist()]


def _some_missing(column: Sequence[str], chance: Floats, share: float) -> list[str]:
    return ["" if missing else value for value, missing in zip(column, (chance < share).tolist(), strict=True)]
