"""The examples of the guides are what the program takes, and agree with each other."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from contracts import Refusal
from device_agent.stories.story import STEPS
from device_agent.stories.story import parse_story as parse_wrist_story
from hub.config import HubConfig
from hub.fleet.store import Registry
from hub.lobby.settings import queue_rules
from kiosk.bootstrap import load_catalogue
from kiosk.gallery.house import Furniture
from kiosk.gallery.story import Step, parse_story
from kiosk.readers.settings import IdentitySettings
from kiosk.script import parse_line
from models.catalogues import load_catalogue as catalogue_of_model

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guide"
DEFAULT = catalogue_of_model(HubConfig().model.artifact)


def examples(guide: str, kind: str, having: str) -> str:
    """The one example of this kind in which this stands."""
    text = (GUIDES / guide).read_text("utf-8")
    found = [body for body in re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL) if having in body]
    assert len(found) == 1, (guide, kind, having, len(found))
    return str(found[0])


def test_the_businesses_and_the_script_of_a_kiosk_belong_to_the_default_model(tmp_path: Path) -> None:
    path = tmp_path / "branch.toml"
    path.write_text(examples("kiosk-stories.md", "toml", "[[business]]"), "utf-8")
    offered = load_catalogue(path)
    assert {one.code for one in offered.businesses} <= {one.code for one in DEFAULT.business}
    for line in examples("kiosk-stories.md", "json", '"do"').splitlines():
        assert not isinstance(parse_line(line.encode()), Refusal), line
        asked = json.loads(line).get("business")
        assert asked is None or not isinstance(offered.service_class(asked), Refusal), line


def test_the_stories_are_stories_and_every_key_of_one_is_named() -> None:
    parse_story(examples("kiosk-stories.md", "toml", "[house]"), origin="kiosk-stories.md")
    parse_wrist_story(examples("kiosk-stories.md", "toml", "[[customers]]"), origin="kiosk-stories.md")
    text = (GUIDES / "kiosk-stories.md").read_text("utf-8")
    keys = [*Furniture.__struct_fields__, *Step.__struct_fields__, *STEPS]
    keys += [field for step in STEPS.values() for field in step.__struct_fields__]
    assert [key for key in keys if f"`{key}`" not in text] == []


@pytest.mark.parametrize("guide", ["kiosk-stories.md", "branch-it.md"])
@pytest.mark.parametrize("model", ["coil2000", "simbank"])
def test_the_businesses_of_both_models_are_listed(guide: str, model: str) -> None:
    text = " ".join((GUIDES / guide).read_text("utf-8").split())
    assert ", ".join(f"`{one.code}`" for one in catalogue_of_model(model).business) in text


def test_the_rules_of_a_branch_hold_for_the_default_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = msgspec.convert(tomllib.loads(examples("queue.md", "toml", "[lobby.rules]")), HubConfig)
    [branch] = config.lobby.rules
    assert f'name = "{branch}"' in examples("branch-it.md", "toml", "[[branches]]")
    (tmp_path / config.lobby.rules[branch]).write_text(examples("queue.md", "toml", "[classes.A]"), "utf-8")
    monkeypatch.chdir(tmp_path)
    _, rules = queue_rules(config.lobby, DEFAULT)
    kiosk = tomllib.loads(examples("kiosk-stories.md", "toml", "[[business]]"))["business"]
    assert {one["code"]: one["service_class"] for one in kiosk} == {
        one["code"]: rules[branch].class_of(one["code"]) for one in kiosk
    }


def test_the_bookings_are_for_a_branch_and_businesses_that_there_are_and_of_one_bank() -> None:
    lines = examples("bookings.md", "csv", "reference").splitlines()
    shell = examples("bookings.md", "sh", "usher bookings import")
    assert lines[0] in shell
    businesses = lines[1].split(",")[2]
    assert f",{businesses}," in shell
    assert set(businesses.split(";")) <= {one.code for one in DEFAULT.business}
    fleet = msgspec.convert(tomllib.loads(examples("branch-it.md", "toml", "[[branches]]")), Registry)
    assert f"--branch {fleet.branches[0].name} " in shell
    hardware = tomllib.loads(examples("kiosk-hardware.md", "toml", "[identity]"))
    identity = msgspec.convert(hardware["identity"], IdentitySettings)
    assert f"--key {identity.key} --bank {identity.bank} " in shell
