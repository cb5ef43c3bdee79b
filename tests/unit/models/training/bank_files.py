"""Files of made-up banks in shapes that Usher has never seen: what a bank's analyst would have on disk."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

PRODUCTS = ("card", "loan", "fund", "pension", "mortgage", "deposit")
AS_OF = datetime(2019, 7, 1, tzinfo=UTC)
PAGES = ("home", "loans", "funds", "cards", "help")

SNAPSHOT_SPEC = """
name = "snapshots"
[customers]
file = "clientes.csv.gz"
key = "ncodpers"
latest_by = "fecha_dato"
decimal = ","
[products]
prefix = "ind_"
suffix = "_ult1"
[facts]
age = "age"
segment = "segmento"
"""

LOG_SPEC = """
name = "logs"
[customers]
file = "people.csv"
key = "id"
as_of = 2019-07-01
[products]
from_target = true
[target]
kind = "column"
column = "bought"
none = ["nothing"]
[[event]]
name = "pages"
file = "pages.csv"
key = "id"
time = "page_tm"
kind = "page_no"
[[event]]
name = "trades"
file = "trades-*.tsv.gz"
key = "id"
time = "when"
kind = ["code1", "code2"]
amount = "amt"
"""


def write_rows(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]], delimiter: str = ",") -> None:
    """A delimited file, packed if its name says so."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def write_snapshots(folder: Path, people: int = 400, months: int = 3, seed: int = 5) -> Path:
    """Monthly rows per customer: blanks around numbers, NA incomes, decimal commas, semicolons, 0/1 product columns.

    What people hold depends on age and income, so that there is something to learn.
    """
    draw = np.random.default_rng(seed)
    header: tuple[str, ...] = (
        "fecha_dato",
        "ncodpers",
        "sexo",
        "age",
        "fecha_alta",
        "renta",
        "segmento",
        "pais",
        "indrel",
        "ult_fec",
    )
    header += tuple(f"ind_{product}_ult1" for product in PRODUCTS)
    rows: list[tuple[object, ...]] = []
    for person in range(people):
        age = int(draw.integers(18, 90))
        income = float(np.exp(draw.normal(11.0, 0.9)))
        joined = datetime(2015, 1, 1, tzinfo=UTC) - timedelta(days=int(draw.integers(30, 5000)))
        taste = np.array([1.0, 0.5, income / 2e5, age / 60.0, 0.3 * (age < 50), 0.8])
        held = draw.random(len(PRODUCTS)) < taste * 0.6
        segment = "01 - TOP" if income > 1.5e5 else "02 - PARTICULARES" if age > 30 else "03 - UNIVERSITARIO"
        for month in range(months):
            held = held | (draw.random(len(PRODUCTS)) < 0.03 * taste)
            rows.append(
                (
                    f"2015-{month + 1:02d}-28",
                    f" {10_000 + person}",
                    "H" if person % 2 else "V",
                    f" {age}",
                    joined.date().isoformat(),
                    "NA" if person % 7 == 0 else f"{income:.2f}".replace(".", ","),
                    segment,
                    "ES" if person % 50 else f"X{person}",
                    "1.0" if person % 3 else "P",
                    "2015-06-30" if person % 90 == 0 else "",
                    *(int(one) for one in held),
                )
            )
    path = folder / "clientes.csv.gz"
    write_rows(path, header, rows, ";")
    (folder / "bank.toml").write_text(SNAPSHOT_SPEC, encoding="utf-8")
    return folder / "bank.toml"


def write_logs(folder: Path, people: int = 300, seed: int = 6) -> Path:
    """Customers with a target column, page views in one file, transactions in two; events also after the analysis."""
    draw = np.random.default_rng(seed)
    customers: list[tuple[object, ...]] = []
    pages: list[tuple[object, ...]] = []
    trades: list[tuple[object, ...]] = []
    for person in range(people):
        taste = int(draw.integers(0, 3))
        customers.append(
            (
                f"U{person:05d}",
                int(draw.integers(20, 80)),
                "\\N" if person % 5 == 0 else "AB"[person % 2],
                ("loan", "fund", "nothing")[taste],
            )
        )
        for _ in range(int(draw.integers(0, 12))):
            page = PAGES[taste + 1] if draw.random() < 0.6 else (*PAGES, "")[int(draw.integers(0, len(PAGES) + 1))]
            seen = AS_OF - timedelta(seconds=int(draw.integers(-5 * 86_400, 60 * 86_400)))
            pages.append((f"U{person:05d}", page, seen.strftime("%Y-%m-%d %H:%M:%S")))
        for _ in range(int(draw.integers(0, 6))):
            paid = AS_OF - timedelta(seconds=int(draw.integers(1, 200 * 86_400)))
            amount = round(float(draw.normal(0.0, 500.0)), 2)
            trades.append(
                (f"U{person:05d}", int(draw.integers(1, 3)), int(draw.integers(10, 14)), int(paid.timestamp()), amount)
            )
    pages.append(("nobody", "home", "2019-06-01 00:00:00"))
    order = draw.permutation(len(pages))
    write_rows(folder / "people.csv", ("id", "age", "grade", "bought"), customers)
    write_rows(folder / "pages.csv", ("id", "page_no", "page_tm"), [pages[at] for at in order])
    header = ("id", "code1", "code2", "when", "amt")
    half = len(trades) // 2
    write_rows(folder / "trades-1.tsv.gz", header, trades[:half], "\t")
    write_rows(folder / "trades-2.tsv.gz", header, trades[half:], "\t")
    (folder / "bank.toml").write_text(LOG_SPEC, encoding="utf-8")
    return folder / "bank.toml"
