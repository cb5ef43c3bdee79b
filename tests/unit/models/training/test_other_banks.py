"""Another bank's files: drafts that work, sentinels, long tables of contracts, baselines on other rows."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from models.__main__ import main
from models.columns import NumberColumn
from models.features import FeatureSpace
from models.scorer import OnnxScorer
from models.spec import SpecError, load_spec
from models.training.commands import flat
from models.training.linear import scores_of
from models.training.run import evaluate, train
from models.training.tables import read_bank, read_population
from models.training.warehouse import Warehouse
from models.trees import LEAVES, SPLITS, Trees
from models.weights import RankingModel
from tests.unit.models.training.bank_files import write_logs, write_rows
from tests.unit.models.training.test_tables import rows_of
from tests.unit.models.training.test_training import people

REGIONAL = """
name = "regional"
[customers]
file = "客户.csv"
key = "客户号"
as_of = 2024-12-31
encoding = "gb18030"
[products]
from_holdings = true
least = 5
[holdings]
file = "持有.csv"
encoding = "gb18030"
key = "客户号"
product = "产品"
closed = "终止日"
"""


def run(*arguments: str | Path) -> Result:
    """The command in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def write_regional(folder: Path) -> Path:
    """Customers and a long table of contracts, in Chinese and its own encoding."""
    draw = np.random.default_rng(3)
    rows = ["客户号;年龄;月收入;机构"]
    held = ["客户号;产品;终止日"]
    for at in range(120):
        income = "未知" if at % 12 == 0 else f"{draw.normal(9e3, 2e3):.2f}".replace(".", ",")
        rows.append(f"{at:04d};{draw.integers(20, 80)};{income};00{at % 5 + 1}")
        names = [name for name in ("活期存款", "信用卡", "基金") if draw.random() < 0.7]
        held += [f"{at:04d};{name};{'31.12.2023' if at % 9 == 0 else ''}" for name in names]
    held.append("0003;铜;")
    (folder / "客户.csv").write_bytes("\n".join(rows).encode("gb18030"))
    (folder / "持有.csv").write_bytes("\n".join(held).encode("gb18030"))
    (folder / "bank.toml").write_text(REGIONAL, encoding="utf-8")
    return folder / "bank.toml"


def write_wide(folder: Path, people: int = 60) -> Path:
    """Product columns with an ending that other columns of the same beginning lack, and -999999 for unknown."""
    header = ("ncodpers", "antiguedad", "ind_empleado", *(f"ind_p{at}_ult1" for at in range(6)))
    draw = np.random.default_rng(4)
    rows: list[tuple[object, ...]] = [
        (at, -999_999 if at % 20 == 0 else int(draw.integers(0, 250)), "NA"[at % 2], *draw.integers(0, 2, 6).tolist())
        for at in range(people)
    ]
    write_rows(folder / "wide.csv", header, rows)
    return folder / "wide.csv"


@pytest.mark.req("W-04")
def test_products_are_those_that_the_holdings_name(tmp_path: Path) -> None:
    spec = write_regional(tmp_path)
    with Warehouse() as warehouse:
        read = read_bank(spec, None, warehouse)
        said = list(read.bank.notes.said)
        assert {one.product.names.zh for one in read.products} == {"活期存款", "信用卡", "基金"}
        assert not read.held[::9].any()
        assert 0.5 < read.held[1::9].mean() < 0.9
    assert any("'铜' is what only 1 training customers have" in one for one in said)
    learned = read_population(spec)
    again = read_population(spec, catalogue=learned.catalogue)
    assert np.array_equal(again.raw, learned.raw, equal_nan=True)
    assert np.array_equal(again.wanted, learned.wanted)


def test_products_of_holdings_need_the_holdings(tmp_path: Path) -> None:
    spec = write_regional(tmp_path)
    spec.write_text(REGIONAL.partition("[holdings]")[0], encoding="utf-8")
    with pytest.raises(SpecError, match=r"products\.from_holdings needs \[holdings\]"):
        load_spec(spec)


def test_a_draft_reads_other_encodings_and_says_so(tmp_path: Path) -> None:
    write_regional(tmp_path)
    done = run("draft", tmp_path / "客户.csv")
    assert done.exit_code == 0, done.output
    assert 'encoding = "gb18030"    # guessed' in done.output
    assert "would be numbers but for '未知' (10 of 120): say decimal" in done.output
    assert 'column = "机构"\nkind = "choice"    # 5 values' in done.output


def test_a_draft_tells_products_from_other_columns_of_their_beginning(tmp_path: Path) -> None:
    out = tmp_path / "bank.toml"
    done = run("draft", write_wide(tmp_path), "--products", "ind_", "--out", out)
    assert done.exit_code == 0, done.output
    found = load_spec(out)
    assert found.products is not None
    assert (found.products.prefix, found.products.suffix) == ("ind_", "_ult1")
    assert "so without ind_empleado" in out.read_text(encoding="utf-8")
    assert found.customers.null == ("-999999",)
    assert read_population(out).catalogue.product_codes == tuple(f"p{at}" for at in range(6))


def test_a_draft_takes_a_beginning_of_target_columns(tmp_path: Path) -> None:
    wants = [(at % 2, int(at % 3 == 0), int(at % 5 == 0)) for at in range(90)]
    rows: list[tuple[object, ...]] = [(f"k{at}", 20 + at % 50, *wants[at]) for at in range(90)]
    write_rows(tmp_path / "c.csv", ("id", "age", "buy_fund", "buy_loan", "buy_card"), rows)
    for said in ("buy_", "buy_*"):
        out = tmp_path / "bank.toml"
        done = run("draft", tmp_path / "c.csv", "--target", said, "--out", out, "--force")
        assert done.exit_code == 0, done.output
        drafted = read_population(out)
        assert drafted.catalogue.product_codes == ("fund", "loan", "card")
        assert len(drafted) == sum(map(sum, wants))


def test_a_log_with_the_answer_beside_each_event_is_suspected(tmp_path: Path) -> None:
    spec = write_logs(tmp_path)
    rows = rows_of(tmp_path / "pages.csv")
    bought = {row["id"]: row["bought"] for row in rows_of(tmp_path / "people.csv")}
    answered: list[tuple[object, ...]] = [(*row.values(), bought.get(row["id"], "nothing")) for row in rows]
    write_rows(tmp_path / "pages.csv", ("id", "page_no", "page_tm", "bought"), answered)
    drafted = run("draft", tmp_path / "people.csv", f"--event=pages={tmp_path / 'pages.csv'}", "--target", "bought")
    assert 'kind = "page_no"\n' in drafted.output
    text = spec.read_text(encoding="utf-8")
    assert "suspicious" not in run("check", "--spec", spec).output
    spec.write_text(text.replace('kind = "page_no"', 'kind = ["page_no", "bought"]'), encoding="utf-8")
    assert "suspicious: event pages makes features of its column bought" in run("check", "--spec", spec).output


def test_a_sentinel_does_not_flatten_its_column(tmp_path: Path) -> None:
    write_wide(tmp_path, people=400)
    spec = tmp_path / "bank.toml"
    spec.write_text(
        'name = "w"\n[customers]\nfile = "wide.csv"\nkey = "ncodpers"\n[products]\nprefix = "ind_p"\n', encoding="utf-8"
    )
    with Warehouse() as warehouse:
        read = read_bank(spec, None, warehouse)
        said = [one for one in read.bank.notes.said if "antiguedad" in one]
    column = next(one for one in read.catalogue.profile if one.code == "antiguedad")
    assert isinstance(column, NumberColumn)
    assert 0.0 <= column.low < 10.0
    assert column.scale == "linear"
    assert 200 < column.high <= 250
    assert said
    assert "-999999" in said[0]
    assert "add it to customers.null" in said[0]


def test_on_all_rows_of_another_file_no_baseline_is_asked_what_it_has_learned(tmp_path: Path) -> None:
    train(people(400), tmp_path, seed=0).save(tmp_path)
    scorer = OnnxScorer.load(tmp_path)
    other = people(300, seed=77)
    every = np.arange(len(other))
    crossed = evaluate(scorer, other, every, learned_from=None, seed=0)
    right = dict.fromkeys((one.ranker for one in crossed.baselines), 0.0)
    for fold in np.unique(other.fold):
        inside = np.flatnonzero(other.fold == fold)
        part = evaluate(scorer, other, inside, learned_from=(other, np.flatnonzero(other.fold != fold)), seed=0)
        for one in part.baselines:
            right[one.ranker] += one.all.hit_at_1.value * len(inside)
    for one in crossed.baselines:
        assert one.all.hit_at_1.value == pytest.approx(right[one.ranker] / len(other), abs=2e-4)
    assert flat(crossed)["learned_from"] == 240


def test_scoring_takes_memory_for_a_block_of_rows_only() -> None:
    space = FeatureSpace(people(5).catalogue)
    draw = np.random.default_rng(0)
    count, rows, products = 200, 5_000, len(space.catalogue.product)
    trees = Trees(
        feature=draw.integers(0, space.size, (count, SPLITS)),
        threshold=draw.random((count, SPLITS)).astype(np.float32),
        value=draw.normal(size=(count, LEAVES)).astype(np.float32),
        cover=np.ones((count, LEAVES), dtype=np.float32),
        product=draw.integers(0, products, count),
    )
    model = RankingModel(
        space=space,
        coefficient=draw.normal(size=(space.size, products)),
        base=draw.normal(size=products),
        reference=np.zeros(space.size),
        trees=trees,
    )
    encoded = draw.random((rows, space.size)).astype(np.float32)
    tracemalloc.start()
    found = scores_of(model, encoded)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < rows * count * SPLITS * 8 / 2
    assert found == pytest.approx(model.scores(encoded), abs=1e-9)
