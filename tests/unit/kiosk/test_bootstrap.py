from __future__ import annotations

from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from contracts import Refusal
from kiosk.bootstrap import build, load_catalogue
from kiosk.events import to_nobody
from kiosk.settings import KioskSettings
from runtime.agent.mailbox import Mailbox
from runtime.errors import ConfigError

SETTINGS = KioskSettings(device="kiosk-1", branch="main-street", broker="mqtt://127.0.0.1:1883", store="unused")


def test_businesses_of_a_toml_file(tmp_path: Path) -> None:
    path = tmp_path / "branch.toml"
    path.write_text(
        '[[business]]\ncode = "deposit"\nnames = { en = "Deposit" }\n\n'
        '[[business]]\ncode = "loan"\nservice_class = "L"\n'
    )
    catalogue = load_catalogue(path)
    assert catalogue.service_class("deposit") == "A"
    assert catalogue.service_class("loan") == "L"
    assert isinstance(catalogue.service_class("gold"), Refusal)


def test_businesses_of_a_json_file(tmp_path: Path) -> None:
    path = tmp_path / "branch.json"
    path.write_text('["deposit", "loan"]')
    assert load_catalogue(path).service_class("loan") == "A"


def test_the_catalogues_of_the_models_can_be_used_as_they_are() -> None:
    for path in sorted((Path(__file__).parents[3] / "models" / "catalogues").glob("*.toml")):
        assert isinstance(load_catalogue(path).service_class("no such business"), Refusal)


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("a.toml", "not toml", "wanted"),
        ("a.toml", "x = 1", "business"),
        ("a.toml", "business = []", "lists no business"),
        ("a.toml", '[[business]]\ncode = "loan"\nservice_class = "LL"', "service_class"),
        ("a.json", "{}", "array"),
        ("a.json", '["not a code"]', "code"),
        ("a.json", "[", "JSON"),
    ],
)
def test_a_bad_business_file_is_named(tmp_path: Path, name: str, text: str, what: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigError, match=name) as caught:
        load_catalogue(path)
    assert what in str(caught.value)


def test_a_missing_business_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: can't be read"):
        load_catalogue(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"broker": "http://127.0.0.1"}, "broker"),
        ({"broker": "mqtt://127.0.0.1:port"}, "broker"),
        ({"timezone": "Mars/Olympus"}, "timezone = 'Mars/Olympus'"),
        ({"keepalive_s": 0}, "keepalive_s = 0"),
        ({"series": "abc"}, "series = 'abc'"),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, change: dict[str, str | int], what: str) -> None:
    settings = msgspec.convert(msgspec.structs.asdict(SETTINGS) | change, KioskSettings)
    mailbox = Mailbox.open(tmp_path / "kiosk.db")
    with closing(mailbox), pytest.raises(ConfigError) as caught:
        build(settings, mailbox, to_nobody)
    assert what in str(caught.value)
