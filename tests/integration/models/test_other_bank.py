"""Banks that Usher has never seen, from their files to a measured model; and the real set through the general way."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner

from models.__main__ import main
from models.columns import ChoiceColumn, NumberColumn
from models.datasets.location import find_dataset
from models.datasets.registry import dataset_entry
from models.errors import DatasetMissing
from models.features import FeatureSpace
from models.spec import examples as examples_package
from models.spec import load_spec
from models.training.sources import open_dataset
from models.training.tables import read_population
from tests.unit.models.training.bank_files import write_logs, write_rows, write_snapshots

EXAMPLES = Path(examples_package.__file__ or "").parent


@pytest.fixture(scope="module")
def coil2000() -> Path:
    """The real set's file, where it is on this machine."""
    try:
        return find_dataset(dataset_entry("coil2000"))
    except DatasetMissing as error:
        pytest.skip(str(error))


@pytest.mark.req("W-04")
def test_the_general_way_asks_the_real_set_the_same_questions_as_its_own_reader(coil2000: Path) -> None:
    own = open_dataset("coil2000", environ=os.environ)
    general = read_population(EXAMPLES / "coil2000.toml", coil2000.parent)
    assert np.array_equal(general.raw, own.raw, equal_nan=True)
    assert np.array_equal(general.wanted, own.wanted)
    assert np.array_equal(general.fold, own.fold)
    assert general.catalogue == own.catalogue
    assert general.sha256 == own.sha256
    assert len(np.unique(general.customer)) == len(np.unique(own.customer)) == len(own)


def test_learning_everything_asks_the_same_and_sees_through_the_contributions(coil2000: Path, tmp_path: Path) -> None:
    spec = tmp_path / "bank.toml"
    spec.write_text(
        'name = "all_learned"\nskip = ["Purchase"]\n[customers]\nfile = "coil2000.csv"\nkey = "row"\n'
        '[products]\nprefix = "A"\n',
        encoding="utf-8",
    )
    own = open_dataset("coil2000", environ=os.environ)
    learned = read_population(spec, coil2000.parent)
    assert np.array_equal(learned.wanted, own.wanted)
    assert np.array_equal(learned.fold, own.fold)
    codes = {column.code for column in learned.catalogue.profile}
    assert {"MOSTYPE", "MKOOPKLA", "MINKGEM"} <= codes
    given_away = {code for code in codes if code.startswith("P")}
    held = own.raw[:, -21:].sum(axis=0) + np.bincount(own.wanted, minlength=21)
    rare = {f"P{code[1:]}" for code, count in zip(own.catalogue.product_codes, held, strict=True) if count < 10}
    assert given_away <= rare


@pytest.mark.parametrize("write", [write_snapshots, write_logs])
def test_from_a_banks_files_to_a_measured_model(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    spec = write(tmp_path)
    model = tmp_path / "model"
    runner = CliRunner()
    trained = runner.invoke(main, ["train", "--spec", str(spec), "--out", str(model)])
    assert trained.exit_code == 0, trained.output
    measured = runner.invoke(main, ["evaluate", "--spec", str(spec), "--model", str(model), "--json"])
    assert measured.exit_code == 0, measured.output
    figures = json.loads(measured.output)
    assert figures["hit_at_1"] > figures["popularity_hit_at_1"]
    assert figures["questions"] == int((read_population(spec).fold == 0).sum())
    checked = runner.invoke(main, ["check", "--spec", str(spec), "--model", str(model), "--json"])
    assert checked.exit_code == 0, checked.output
    assert json.loads(checked.output)["held_out"] == figures["questions"]


def test_the_example_of_snapshots_works_on_such_files(tmp_path: Path) -> None:
    header: tuple[str, ...] = (
        "fecha_dato",
        "ncodpers",
        "sexo",
        "age",
        "fecha_alta",
        "antiguedad",
        "cod_prov",
        "nomprov",
        "segmento",
    )
    header += ("ind_nuevo", "ind_tjcr_fin_ult1", "ind_fond_fin_ult1", "ind_ahor_fin_ult1")
    draw = np.random.default_rng(8)
    rows: list[list[tuple[object, ...]]] = [[], []]
    numbers: list[int] = []
    for person in range(300):
        held = draw.random(3) < 0.7
        numbers.append(int(held.sum()))
        for month, day in enumerate(("2016-04-28", "2016-05-28")):
            since = f"{2000 + person % 15}-0{person % 9 + 1}-11"
            months = "-999999" if person % 10 == 0 else f"     {person % 200}"
            row = (
                day,
                person,
                "HV"[person % 2],
                f" {20 + person % 60}",
                since,
                months,
                f"{person % 3 + 1}.0",
                "MADRID",
            )
            rows[month].append((*row, "02 - PARTICULARES", 0, *(int(one) if month == 0 else 1 for one in held)))
    for month in range(2):
        write_rows(tmp_path / f"clientes-{month}.csv.gz", header, rows[month])
    population = read_population(EXAMPLES / "snapshots.toml", tmp_path)
    columns = {column.code: column for column in population.catalogue.profile}
    assert set(columns) == {"fecha_alta_days", "cod_prov", "age", "antiguedad"}
    assert isinstance(columns["antiguedad"], NumberColumn)
    assert columns["antiguedad"].low >= 0.0
    assert columns["antiguedad"].missing_flag
    assert isinstance(columns["cod_prov"], ChoiceColumn)
    assert population.catalogue.product_codes == ("tjcr_fin", "fond_fin", "ahor_fin")
    assert [category.code for category in population.catalogue.category] == ["cards", "products"]
    assert population.catalogue.product[0].min_age == 18
    assert (population.raw[:, -3:].sum(axis=1) + 1).tolist() == [number for number in numbers if number >= 2]


def test_the_example_of_logs_works_on_such_files(tmp_path: Path) -> None:
    draw = np.random.default_rng(9)
    people = [(f"{at:08x}", 20 + at % 50, "~" if at % 6 == 0 else "ABC"[at % 3]) for at in range(240)]
    write_rows(tmp_path / "customers.csv", ("id", "age", "grade"), list(people))
    days = [f"2019-06-{day:02d}" for day in range(1, 31)]
    pages: list[tuple[object, ...]] = [
        (people[at % 240][0], f"P{int(draw.integers(0, 4))}", f"{days[at % 30]} 10:00:00") for at in range(2400)
    ]
    write_rows(tmp_path / "beh-1.csv.gz", ("id", "page_no", "page_tm"), pages[:1000])
    write_rows(tmp_path / "beh-2.csv.gz", ("id", "page_no", "page_tm"), pages[1000:])
    trades: list[tuple[object, ...]] = [
        (people[at % 240][0], "BC"[at % 2], 1, f"{days[at % 30]} 11:00:00", float(at % 90) - 40.5) for at in range(1200)
    ]
    write_rows(tmp_path / "trd.csv", ("id", "Dat_Flg1_Cd", "Trx_Cod1_Cd", "trx_tm", "cny_trx_amt"), trades)
    bought: list[tuple[object, ...]] = [
        (people[at][0], ("fund", "loan", "card")[at % 3], "2019-07-10" if at % 4 else "2019-09-01") for at in range(240)
    ]
    write_rows(tmp_path / "purchases.csv", ("id", "product", "bought_at"), bought)
    contracts: list[tuple[object, ...]] = [
        (people[at][0], "card", "2018-01-01", "" if at % 2 else "2019-01-01") for at in range(0, 240, 5)
    ]
    write_rows(tmp_path / "contracts.csv", ("id", "product", "opened", "closed"), contracts)
    duckdb.execute(f"COPY (FROM '{tmp_path / 'contracts.csv'}') TO '{tmp_path / 'contracts.parquet'}' (FORMAT parquet)")
    population = read_population(EXAMPLES / "logs.toml", tmp_path)
    assert population.catalogue.product_codes == ("card", "fund", "loan")
    owned = {at for at in range(0, 240, 5) if at % 2}
    asks = [at for at in range(240) if at % 4 and not (at % 3 == 2 and at in owned)]
    assert population.customer.tolist() == asks
    space = FeatureSpace(population.catalogue)
    assert int(population.raw[:, space.products_start].sum()) == len(owned & set(asks))
    largest = population.raw[:, space.raw_names.index("trades_max_90d")]
    assert float(np.nanmax(largest)) == pytest.approx(4850.0)
    assert {"pages_count_7d_P1", "trades_sum_30d_B_1", "trades_count_30d"} <= set(space.raw_names)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_example_is_a_spec(path: Path) -> None:
    assert load_spec(path).name
