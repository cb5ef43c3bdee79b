"""The registry and where data sets are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from models.datasets.__main__ import main
from models.datasets.location import data_folders, fetch_folder, find_dataset
from models.datasets.registry import dataset_entries, dataset_entry, parse_registry
from models.errors import DatasetError, DatasetMissing
from models.population import open_customers


def test_every_data_set_is_registered_with_licence_source_and_digest() -> None:
    for entry in dataset_entries():
        assert entry.licence
        assert entry.source.startswith("https://")
        assert all(origin.url.startswith("https://") for origin in entry.origin)
        assert len(set(entry.columns)) == len(entry.columns)


def test_the_rows_used_are_those_of_the_project() -> None:
    rows = dataset_entry("coil2000").rows()
    assert (len(rows), rows[0], rows[-1]) == (4696, 0, 5820)


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(DatasetError, match="registered are coil2000"):
        dataset_entry("nowhere")
    with pytest.raises(DatasetError, match="there are coil2000, simbank"):
        open_customers("nowhere")


def test_a_wrong_registry_is_named() -> None:
    with pytest.raises(DatasetError, match=r"r\.toml.*dataset"):
        parse_registry("", origin="r.toml")


def test_the_named_folder_comes_first_then_where_fetch_puts_it(tmp_path: Path) -> None:
    assert data_folders({"USHER_DATA": str(tmp_path)}) == (tmp_path, fetch_folder())
    assert data_folders({})[0].parts[-2:] == ("shared", "data")
    entry = dataset_entry("coil2000")
    (tmp_path / "coil2000").mkdir()
    (tmp_path / entry.file).write_text("x")
    assert find_dataset(entry, {"USHER_DATA": str(tmp_path)}) == tmp_path / entry.file


def test_a_missing_set_says_where_it_was_looked_for_and_what_to_do(tmp_path: Path) -> None:
    if (fetch_folder() / "coil2000").exists():
        pytest.skip("coil2000 was fetched into var/data, so it is nowhere missing")
    with pytest.raises(DatasetMissing) as caught:
        open_customers("coil2000", environ={"USHER_DATA": str(tmp_path)})
    assert str(tmp_path) in str(caught.value)
    assert "usher data fetch coil2000" in str(caught.value)


def test_the_command_says_what_is_damaged_and_exits_1(tmp_path: Path) -> None:
    folder = tmp_path / "coil2000"
    folder.mkdir()
    (folder / "coil2000.csv").write_text("row\n")
    result = CliRunner().invoke(main, ["verify", "coil2000", "--json"], env={"USHER_DATA": str(tmp_path)})
    assert result.exit_code == 1
    assert '"state":"corrupt"' in result.output


def test_the_command_names_unknown_sets_and_shows_help() -> None:
    runner = CliRunner()
    result = runner.invoke(main, ["fetch", "nowhere"])
    assert (result.exit_code, "registered are coil2000" in result.output) == (1, True)
    assert runner.invoke(main, ["verify", "nowhere"]).exit_code == 1
    assert runner.invoke(main, ["unheard"]).exit_code == 2
    listed = runner.invoke(main, ["list"])
    assert (listed.exit_code, "CC BY 4.0" in listed.output) == (0, True)
    help_text = runner.invoke(main, ["--help"]).output
    assert all(command in help_text for command in ("list", "fetch", "verify"))
