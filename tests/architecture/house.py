"""The rules of the house that a program can check; run by scripts/check and by test_house.py.

`python -m tests.architecture.house` prints each breach as `path:line: what is wrong` and exits 1 if there is any.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("contracts", "runtime", "models", "hub", "device_agent", "kiosk", "firmware_sim", "benchmarks")
MAX_LINES = 400
MAX_BINARY_BYTES = 5_000_000
LARGE_BINARIES = {"models/artifacts/talk/english/model.onnx": 12_000_000}
"""An encoder of language that all English sets share (docs/models/talk-sets.md)."""
BANNED_NAMES = frozenset({"util", "utils", "helper", "helpers", "manager", "managers", "common"})
ROOMS = frozenset({"lobby", "visits", "journeys", "customers", "gateway", "outreach", "fleet", "learning", "hearing"})
HUB_SHARED = frozenset({"console", "storage", "broker", "web"})

_SOURCE = frozenset({".py", ".kv"})
_MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:tmp|work|root|home)/\w")
_PATCHES = re.compile(r"\b(?:monkeypatch|mocker)\.(?:setattr|delattr|patch)\b")
_TIMED_SLEEP = re.compile(r"\btime\.sleep\(|\basyncio\.sleep\(\s*[1-9]")
_SKIPPED_FOLDERS = frozenset({".git", ".venv", "var", "build", "dist", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Breach:
    """One place where a rule of the house does not hold; `line` is 0 where the whole file is meant."""

    path: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def project_files(root: Path) -> list[Path]:
    """The files that are or would be committed, relative to `root`; without git, all but the known by-products."""
    try:
        listed = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
        names = [Path(name) for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        names = [
            path.relative_to(root)
            for path in root.rglob("*")
            if not any(
                part in _SKIPPED_FOLDERS or part.endswith(("_cache", ".egg-info"))
                for part in path.relative_to(root).parts
            )
        ]
    return sorted(name for name in set(names) if (root / name).is_file())


def too_long(path: Path, text: str) -> Iterator[Breach]:
    """A source file has at most 400 lines."""
    if path.suffix in _SOURCE and (lines := text.count("\n")) > MAX_LINES:
        yield Breach(path, 0, f"{lines} lines; at most {MAX_LINES}: split it")


def vague_name(path: Path, text: str) -> Iterator[Breach]:
    """No module, class or function is named after nothing: utils, helpers, manager, common."""
    if path.suffix not in _SOURCE:
        return
    for part in (*path.parts[:-1], path.stem):
        if BANNED_NAMES & set(part.lower().split("_")):
            yield Breach(path, 0, f"the name {part!r} says nothing: name it after what it does")
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text, str(path))):
            if isinstance(node, ast.ClassDef) and re.search(r"(?:Utils?|Helpers?|Manager|Common)$", node.name):
                yield Breach(path, node.lineno, f"the name {node.name!r} says nothing: name it after what it does")


def any_in_contracts(path: Path, text: str) -> Iterator[Breach]:
    """What crosses a border is typed: no Any, no bare dict, list or object."""
    if path.parts[0] != "contracts" or path.suffix != ".py":
        return
    tree = ast.parse(text, str(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in {"Any", "typing.Any"}:
            yield Breach(path, node.lineno, "Any crosses a process border")
    for struct in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        for field in (node for node in struct.body if isinstance(node, ast.AnnAssign)):
            names = {node.id for node in ast.walk(field.annotation) if isinstance(node, ast.Name)}
            bare = isinstance(field.annotation, ast.Name) and field.annotation.id in {"dict", "list", "tuple", "set"}
            if bare or "object" in names:
                yield Breach(path, field.lineno, f"field {ast.unparse(field.target)!r} has no type of its own")


def machine_path(path: Path, text: str) -> Iterator[Breach]:
    """Nothing names a folder of the machine that it was written on."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := _MACHINE_PATH.search(line):
            yield Breach(path, number, f"path of a machine: {line[found.start() : found.start() + 40].strip()}")


def weak_test(path: Path, text: str) -> Iterator[Breach]:
    """A test can fail, patches nothing of ours and doesn't sleep on time."""
    if path.parts[0] != "tests" or path.suffix != ".py":
        return
    tree = ast.parse(text, str(path))
    if path.name.startswith("test_"):
        tests = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        ]
        stateful = re.search(r"RuleBasedStateMachine|\.TestCase\b", text)
        if not tests and not stateful:
            yield Breach(path, 0, "a test file without a test")
        if not _can_fail(tree):
            yield Breach(path, 0, "no assertion in the whole file: its tests can't fail")
    for number, line in enumerate(text.splitlines(), 1):
        if _PATCHES.search(line):
            yield Breach(path, number, "patches code: pass a real implementation of the port instead")
        if _TIMED_SLEEP.search(line):
            yield Breach(path, number, "sleeps on time: wait for a condition")


def _can_fail(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in {"pytest.raises", "pytest.fail", "pytest.warns"} or "assert" in called or "verify" in called:
                return True
    return False


def unknown_room(path: Path, text: str) -> Iterator[Breach]:
    """A new room of the hub gets its contracts: a package of the hub is a listed room or listed as shared."""
    del text
    if path.parts[0] == "hub" and len(path.parts) == 3 and path.name == "__init__.py":
        room = path.parts[1]
        if room not in ROOMS | HUB_SHARED:
            yield Breach(path, 0, f"{room!r} is no listed room: add it to .importlinter's rule 3 and to ROOMS")


def package_without_init(files: list[Path]) -> Iterator[Breach]:
    """Every folder of modules is a package: the import linter and the wheel don't see the others."""
    known = set(files)
    for folder in sorted({path.parent for path in files if path.suffix == ".py" and path.parts[0] in PACKAGES}):
        if folder / "__init__.py" not in known:
            yield Breach(folder, 0, "no __init__.py: the import linter and the wheel don't see its modules")


RULES: tuple[Callable[[Path, str], Iterator[Breach]], ...] = (
    too_long,
    vague_name,
    any_in_contracts,
    machine_path,
    weak_test,
    unknown_room,
)


def breaches(root: Path) -> list[Breach]:
    """Every breach in the files of the project at `root`, in the order of the files."""
    files = project_files(root)
    found = list(package_without_init(files))
    for path in files:
        content = (root / path).read_bytes()
        if b"\0" in content[:8192]:
            most = LARGE_BINARIES.get(path.as_posix(), MAX_BINARY_BYTES)
            if len(content) > most:
                found.append(Breach(path, 0, f"a binary of {len(content)} bytes; at most {most}"))
            continue
        text = content.decode("utf-8")
        if path.suffix == ".py":
            try:
                ast.parse(text, str(path))
            except SyntaxError as error:
                found.append(Breach(path, error.lineno or 0, f"can't be parsed: {error.msg}"))
                continue
        for rule in RULES:
            found.extend(rule(path, text))
    return found


def main() -> int:
    """Print the breaches of this tree; the exit code is 1 if there is any."""
    found = breaches(ROOT)
    for breach in found:
        print(breach, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
