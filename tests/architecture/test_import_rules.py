"""Each contract of .importlinter holds on a copy of the packages, and breaks when its violation is planted there."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.house import PACKAGES, ROOT

LINT = "import sys; sys.argv[0] = 'lint-imports'; from importlinter.cli import lint_imports_command as c; c()"


def contract_names() -> dict[str, str]:
    """Contract id → its name as the linter prints it."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", encoding="utf-8")
    prefix = "importlinter:contract:"
    return {section.removeprefix(prefix): config[section]["name"] for section in config if section.startswith(prefix)}


def copy_packages(target: Path) -> None:
    """Copy the packages' .py files and the linter's configuration to `target`."""
    for package in PACKAGES:
        for source in (ROOT / package).rglob("*.py"):
            copied = target / source.relative_to(ROOT)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copied)
    shutil.copy(ROOT / ".importlinter", target)


def broken_contracts(tree: Path) -> frozenset[str]:
    """The ids of the contracts that the linter reports as broken in `tree`."""
    run = subprocess.run(
        [sys.executable, "-c", LINT, "--no-logo", "--no-cache"],
        cwd=tree,
        env={"PATH": "", "PYTHONPATH": str(tree), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    verdicts = dict(re.findall(r"^(Rule \d.*?) (KEPT|BROKEN)\b", run.stdout, re.MULTILINE))
    names = contract_names()
    assert set(verdicts) == set(names.values()), run.stdout + run.stderr
    broken = frozenset(key for key, name in names.items() if verdicts[name] == "BROKEN")
    assert (run.returncode != 0) == bool(broken), run.stdout + run.stderr
    return broken


def plant(tree: Path, module: str, line: str) -> None:
    """Append an import to `module` in `tree`; the module and its packages are made where they don't exist."""
    path = tree.joinpath(*module.split("."))
    if path.is_dir():
        path = path / "__init__.py"
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        for package in path.relative_to(tree).parents:
            if package.name:
                (tree / package / "__init__.py").touch()
        path = path.with_suffix(".py")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")


# contract id → (module, what is planted in it); a second pair is the middle of an indirect import.
VIOLATIONS: list[tuple[str, list[tuple[str, str]]]] = [
    ("rule-1-contracts", [("contracts.planted", "import runtime")]),
    ("rule-1-contracts", [("contracts.planted", "from models import planted"), ("models.planted", "x = 1")]),
    ("rule-1-models", [("models.planted", "import contracts")]),
    ("rule-1-runtime", [("runtime.planted", "import hub")]),
    ("rule-1-runtime", [("runtime.planted", "from models import planted"), ("models.planted", "x = 1")]),
    ("rule-2-processes", [("hub.planted", "import kiosk")]),
    ("rule-2-processes", [("kiosk.planted", "import device_agent")]),
    ("rule-2-processes", [("firmware_sim.planted", "import hub")]),
    ("rule-2-benchmarks", [("hub.planted", "import benchmarks")]),
    (
        "rule-3-process",
        [("device_agent.core.planted", "import device_agent.bootstrap"), ("device_agent.bootstrap", "")],
    ),
    ("rule-3-process", [("kiosk.presenters.planted", "import kiosk.readers"), ("kiosk.readers.planted", "")]),
    ("rule-3-process", [("kiosk.ui.planted", "import kiosk.printers"), ("kiosk.printers.planted", "")]),
    ("rule-3-hub", [("hub.lobby.planted", "import hub.console"), ("hub.console.planted", "")]),
    ("rule-3-hub", [("hub.storage.planted", "import hub.visits"), ("hub.visits.planted", "")]),
    ("rule-3-room", [("hub.visits.model", "import hub.visits.service"), ("hub.visits.service", "")]),
    ("rule-3-room", [("hub.visits.store", "import hub.visits.service"), ("hub.visits.service", "")]),
    ("rule-3-face-lobby", [("hub.visits.planted", "import hub.lobby.planted"), ("hub.lobby.planted", "")]),
    ("rule-3-face-visits", [("hub.lobby.planted", "import hub.visits.planted"), ("hub.visits.planted", "")]),
    ("rule-3-face-journeys", [("hub.lobby.planted", "import hub.journeys.planted"), ("hub.journeys.planted", "")]),
    ("rule-3-face-customers", [("hub.lobby.planted", "import hub.customers.planted"), ("hub.customers.planted", "")]),
    ("rule-3-face-gateway", [("hub.lobby.planted", "import hub.gateway.planted"), ("hub.gateway.planted", "")]),
    ("rule-3-face-outreach", [("hub.console.planted", "import hub.outreach.planted"), ("hub.outreach.planted", "")]),
    ("rule-3-face-learning", [("hub.visits.planted", "import hub.learning.planted"), ("hub.learning.planted", "")]),
    ("rule-3-face-hearing", [("hub.visits.planted", "import hub.hearing.planted"), ("hub.hearing.planted", "")]),
    ("rule-3-face-fleet", [("hub.lobby.planted", "import hub.fleet.planted"), ("hub.fleet.planted", "")]),
    ("rule-4-pure", [("contracts.planted", "import asyncio")]),
    ("rule-4-pure", [("hub.visits.model", "import time")]),
    ("rule-4-pure", [("hub.visits.model", "import hub.visits.planted"), ("hub.visits.planted", "import time")]),
    ("rule-4-pure", [("hub.lobby.rules.model", "from random import Random")]),
    ("rule-4-pure", [("hub.visits.dispatch", "import secrets")]),
    ("rule-4-pure", [("hub.hearing.seats", "import random")]),
    ("rule-4-pure", [("hub.lobby.queue.engine", "import time")]),
    ("rule-4-pure", [("hub.lobby.queue.futures", "from random import Random")]),
    ("rule-4-pure", [("hub.hearing.frames", "import asyncio")]),
    ("rule-4-pure", [("hub.kernel", "import sqlalchemy")]),
    ("rule-4-pure", [("device_agent.core.planted", "import logging")]),
    ("rule-4-pure", [("kiosk.core.planted", "import runtime.planted"), ("runtime.planted", "import aiomqtt")]),
    ("rule-4-pure", [("models.features", "import os.path")]),
    ("rule-4-pure", [("models.policy.planted", "import onnxruntime")]),
    ("rule-4-pure", [("models.catalogue", "import uuid")]),
    ("rule-4-pure", [("firmware_sim.components.planted", "import socket")]),
    ("rule-4-pure", [("device_agent.presenters.planted", "import sqlite3")]),
    ("rule-5-kivy", [("device_agent.planted", "from kivy.app import App")]),
    ("rule-5-kivy", [("hub.planted", "import kivy")]),
    ("rule-5-training", [("hub.planted", "import models.training"), ("models.training.planted", "")]),
    ("rule-5-training", [("models.planted", "import models.training.fit"), ("models.training.fit", "")]),
    ("rule-5-training", [("runtime.planted", "import models.training"), ("models.training.planted", "")]),
]


@pytest.fixture(scope="module")
def already_broken(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    tree = tmp_path_factory.mktemp("house")
    copy_packages(tree)
    return broken_contracts(tree)


def test_the_packages_keep_every_contract(already_broken: frozenset[str]) -> None:
    assert already_broken == frozenset()


def test_every_contract_has_a_violation() -> None:
    assert {contract for contract, _ in VIOLATIONS} == set(contract_names())
    rules = {re.match(r"rule-\d", contract) for contract in contract_names()}
    assert None not in rules
    assert {found.group() for found in rules if found} == {f"rule-{number}" for number in range(1, 6)}


@pytest.mark.parametrize(
    ("contract", "imports"),
    [pytest.param(contract, planted, id=f"{contract}-{planted[0][0]}") for contract, planted in VIOLATIONS],
)
def test_a_planted_violation_breaks_its_contract(
    tmp_path: Path, already_broken: frozenset[str], contract: str, imports: list[tuple[str, str]]
) -> None:
    copy_packages(tmp_path)
    for module, line in reversed(imports):
        plant(tmp_path, module, line)
    broken = broken_contracts(tmp_path)
    assert contract in broken
    assert contract not in already_broken


@pytest.mark.parametrize(
    "imports",
    [
        [("device_agent.ui.planted", "import kivy")],
        [("device_agent.bootstrap", "import device_agent.ui.planted"), ("device_agent.ui.planted", "import kivy")],
        [("hub.bootstrap", "import hub.lobby.planted"), ("hub.lobby.planted", "")],
        [("hub.visits.planted", "import hub.lobby"), ("hub.lobby.planted", "")],
        [("hub.visits.model", "import dataclasses, enum, math, datetime, msgspec, contracts")],
        [("models.features", "import numpy")],
        [("hub.visits.store", "import sqlalchemy, hub.storage"), ("hub.storage.planted", "import os")],
    ],
)
def test_what_the_rules_allow_is_kept(
    tmp_path: Path, already_broken: frozenset[str], imports: list[tuple[str, str]]
) -> None:
    copy_packages(tmp_path)
    for module, line in reversed(imports):
        plant(tmp_path, module, line)
    assert broken_contracts(tmp_path) == already_broken
