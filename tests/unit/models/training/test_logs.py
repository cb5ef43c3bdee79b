"""Windows of events computed from files, against a plain computation row by row."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from models.columns import EventWindow, NumberColumn
from models.features import FeatureSpace
from models.spec import SpecError, TableError
from models.training.logs import fill_windows
from models.training.tables import read_bank, read_population
from models.training.warehouse import Warehouse
from tests.unit.models.training.bank_files import AS_OF, LOG_SPEC, write_logs
from tests.unit.models.training.test_tables import rows_of

Happened = tuple[float, str, float]
"""How many days before the analysis, of what kind, how much."""


def happened(folder: Path) -> dict[tuple[str, str], list[Happened]]:
    """Per log and customer what they did, read by Python's own means."""
    result: dict[tuple[str, str], list[Happened]] = {}
    for row in rows_of(folder / "pages.csv"):
        at = datetime.strptime(row["page_tm"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        result.setdefault(("pages", row["id"]), []).append(((AS_OF - at).total_seconds() / 86_400, row["page_no"], 0.0))
    for part in ("trades-1.tsv.gz", "trades-2.tsv.gz"):
        for row in rows_of(folder / part, "\t"):
            age = (AS_OF.timestamp() - float(row["when"])) / 86_400
            kind = f"{row['code1']}/{row['code2']}"
            result.setdefault(("trades", row["id"]), []).append((age, kind, float(row["amt"])))
    return result


def naive(window: EventWindow, events: Iterable[Happened]) -> float:
    """The window's measure, one event after another."""
    counted = [
        (age, kind, amount)
        for age, kind, amount in events
        if age > 0 and (window.days is None or age <= window.days) and (not window.kinds or kind in window.kinds)
    ]
    amounts = [amount for _, _, amount in counted]
    match window.measure:
        case "count":
            return len(counted)
        case "sum":
            return sum(amounts)
        case "mean":
            return sum(amounts) / len(amounts) if amounts else math.nan
        case "max":
            return max(amounts, default=math.nan)
        case "distinct":
            return len({kind for _, kind, _ in counted if kind})
        case "days_since":
            return min((age for age, _, _ in counted), default=math.nan)


DECLARED = """
[[window]]
event = "trades"
measure = "mean"
days = 60
[[window]]
event = "trades"
measure = "max"
kinds = ["1/10", "2/11"]
[[window]]
event = "pages"
measure = "count"
kinds = ["loans", "no such page"]
days = 1.5
code = "loan_pages"
names = { en = "Loan pages", zh = "贷款页面", ko = "대출 페이지" }
scale = "linear"
low = 0
high = 4
"""


@pytest.mark.req("W-04")
def test_windows_are_what_a_plain_computation_gives(tmp_path: Path) -> None:
    spec = write_logs(tmp_path)
    spec.write_text(LOG_SPEC + DECLARED, encoding="utf-8")
    events = happened(tmp_path)
    with Warehouse() as warehouse:
        read = read_bank(spec, None, warehouse)
        space = FeatureSpace(read.catalogue)
        askers = np.unique(read.questions.asker)
        windowed = [c for c in space.numbers if c.window is not None]
        assert len(windowed) >= 40
        for column in windowed:
            assert column.window is not None
            window = column.window
            expected = [naive(window, events.get((window.table, read.bank.keys[at]), ())) for at in askers.tolist()]
            got = read.raw[:, space.columns.index(column.code)]
            assert got == pytest.approx(np.array(expected, dtype=np.float32), rel=1e-5, abs=1e-4, nan_ok=True)
        whole = read.raw.copy()
        parts = np.full_like(whole, -1.0)
        parts[:, :] = whole
        parts[:, space.window_at] = -1.0
        fill_windows(read.bank, read.logs, space.windows, space.window_at, askers, parts, at_once=37)
        assert np.array_equal(parts, whole, equal_nan=True)


def test_declared_windows_keep_what_is_said(tmp_path: Path) -> None:
    spec = write_logs(tmp_path)
    spec.write_text(LOG_SPEC + DECLARED, encoding="utf-8")
    columns = {column.code: column for column in read_population(spec).catalogue.profile}
    said = columns["loan_pages"]
    assert isinstance(said, NumberColumn)
    assert (said.scale, said.low, said.high, said.default) == ("linear", 0.0, 4.0, 0.0)
    assert said.names.zh == "贷款页面"
    assert columns["pages_count_7d"].names.ko == "pages: 최근 7일 횟수"


def test_automatic_windows_follow_their_settings(tmp_path: Path) -> None:
    spec = write_logs(tmp_path)
    text = LOG_SPEC.replace('kind = "page_no"', 'kind = "page_no"\nauto = { days = [30], top_kinds = 2 }')
    spec.write_text(text.replace('amount = "amt"', 'amount = "amt"\nauto = false'), encoding="utf-8")
    windows = [c.window for c in read_population(spec).catalogue.profile if isinstance(c, NumberColumn) and c.window]
    assert {window.table for window in windows} == {"pages"}
    assert {window.days for window in windows} == {30.0, None}
    assert len({window.kinds for window in windows if window.kinds}) == 2


def test_windows_that_would_say_the_same_twice_are_not_made(tmp_path: Path) -> None:
    """All page views are of the last 60 days, so that 61 and 90 days have nothing that 60 days lack."""
    spec = write_logs(tmp_path)
    text = LOG_SPEC.replace('kind = "page_no"', "auto = { days = [30, 60, 61, 90] }")
    spec.write_text(text, encoding="utf-8")
    windows = [c.window for c in read_population(spec).catalogue.profile if isinstance(c, NumberColumn) and c.window]
    assert {window.days for window in windows if window.table == "pages"} == {30.0, 60.0, None}


def test_without_a_moment_it_is_just_after_the_latest_event(tmp_path: Path) -> None:
    spec = write_logs(tmp_path)
    spec.write_text(LOG_SPEC.replace("as_of = 2019-07-01\n", ""), encoding="utf-8")
    latest = max(row["page_tm"] for row in rows_of(tmp_path / "pages.csv"))
    expected = datetime.strptime(latest, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp() + 1.0
    with Warehouse() as warehouse:
        read = read_bank(spec, None, warehouse)
        assert set(read.bank.as_of.tolist()) == {expected}
        assert any("as_of is taken to be 2019-07-0" in what for what in read.bank.notes.said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('time = "page_tm"', 'time = "page_no"', "pages.csv: page_no does not read as a time: "),
        ('time = "page_tm"', 'time = "tm"', "there is no column 'tm' (event pages.time)"),
        ('time = "page_tm"', 'time = "page_tm"\ntime_format = "%d.%m.%Y"', "is not a time in 1"),
        ('file = "pages.csv"\nkey = "id"', 'file = "pages.csv"\nkey = "page_no"', "no row of it is of a customer of"),
        ('file = "trades-*.tsv.gz"', 'file = "trade_*"', "event trades.file = 'trade_*': no such file in"),
        ("as_of = 2019-07-01", "as_of = 1999-07-01", "is as_of right?"),
    ],
)
def test_what_is_wrong_with_a_log_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    spec = write_logs(tmp_path)
    assert old in LOG_SPEC
    spec.write_text(LOG_SPEC.replace(old, new), encoding="utf-8")
    with pytest.raises(TableError) as caught:
        read_population(spec)
    assert said in str(caught.value)


def test_files_of_one_log_must_have_the_same_columns(tmp_path: Path) -> None:
    import gzip

    spec = write_logs(tmp_path)
    (tmp_path / "trades-3.tsv.gz").write_bytes(gzip.compress(b"id\twhen\tamount\n"))
    with pytest.raises(
        TableError, match=r"trades-3\.tsv\.gz: its header differs from trades-1\.tsv\.gz's: amount, amt"
    ):
        read_population(spec)


def test_a_window_of_amounts_needs_amounts(tmp_path: Path) -> None:
    spec = write_logs(tmp_path)
    spec.write_text(LOG_SPEC + '[[window]]\nevent = "pages"\nmeasure = "sum"\n', encoding="utf-8")
    with pytest.raises(SpecError, match="wants sum, which needs `amount`"):
        read_population(spec)
