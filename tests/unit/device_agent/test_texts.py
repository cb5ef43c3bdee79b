"""The texts of the watch and band: every language has the same ones, and they are the ones that the pages ask for."""

import ast
import gc
import re
import string
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from fluent.runtime import FluentBundle, FluentResource

from contracts import ErrorCode
from contracts.fields import Language
from device_agent import presenters, texts, ui
from device_agent.core.talk import Hearing
from device_agent.presenters.routes import Leaf
from device_agent.texts import load_catalogue, load_texts

EN = load_texts(Language.EN)

PASSED_ON = frozenset({"waits", "_step"})
"""Functions that say the key which is their first argument."""

BY_NAME = (
    *(f"hearing_{hearing}" for hearing in Hearing),  # the sign of a talk: by the state of the hearing
    *(f"leaf_{leaf}" for leaf in Leaf if leaf is not Leaf.PLAN),  # the title of a page of a task, but for the first
    "refused_other",  # Catalogue.refusal: of a code that has no text of its own
)
"""Keys that the pages put together, and that must exist."""

MAY_BE = frozenset(f"refused_{code}" for code in ErrorCode)
"""Keys that are used when they exist: Catalogue.refusal asks first."""


def keys(language: Language) -> frozenset[str]:
    return frozenset(name.replace("-", "_") for name in load_texts(language).variables())


@cache
def sources() -> tuple[ast.Module, ...]:
    """Parsed once, and not while garbage is collected: CPython 3.11 may then lose count (gh-106905)."""
    files = [file for package in (presenters, ui) for file in sorted(Path(str(package.__file__)).parent.rglob("*.py"))]
    gc.disable()
    try:
        return tuple(ast.parse(file.read_text("utf-8")) for file in files)
    finally:
        gc.enable()


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call with the name of what is called, without what it belongs to."""
    for tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                called = node.func
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                yield str(name), node


def literals(node: ast.expr) -> Iterator[str]:
    """A literal text, or both of ``"a" if … else "b"``."""
    if isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def asked() -> Mapping[str, list[ast.Call]]:
    """The keys that the pages ask for, with the calls that do."""
    found: dict[str, list[ast.Call]] = {key: [] for key in BY_NAME}
    for name, call in calls():
        for key in literals(call.args[0]):
            if name == "say":
                found.setdefault(key, []).append(call)
            elif name in PASSED_ON:
                found.setdefault(key, [])
            elif name == "Trouble":  # the banner and the page of a trouble: by its name
                found.setdefault(f"{key}_title", [])
                found.setdefault(f"{key}_text", [])
    return found


def test_every_text_that_a_page_asks_for_exists() -> None:
    assert sorted(asked().keys() - keys(Language.EN)) == []


def test_every_key_that_is_put_together_is_known_here() -> None:
    for name, call in calls():
        if name == "say" and isinstance(call.args[0], ast.JoinedStr):
            parts = call.args[0].values
            shape = "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in parts)
            assert any(re.fullmatch(shape, key) for key in asked()), ast.unparse(call)


def test_every_text_is_asked_for() -> None:
    assert sorted(keys(Language.EN) - asked().keys() - MAY_BE) == []


def test_every_page_gives_a_text_its_variables() -> None:
    wanted = EN.variables()
    for key, found in asked().items():
        for call in found:
            given = {keyword.arg for keyword in call.keywords}
            if key in keys(Language.EN):
                assert given == wanted[key.replace("_", "-")], f"{key}, line {call.lineno}"


@pytest.mark.parametrize("language", list(Language))
def test_every_language_has_the_same_texts_and_variables(language: Language) -> None:
    assert load_texts(language).variables() == EN.variables()


@pytest.mark.parametrize("language", list(Language))
def test_every_text_can_be_filled_in_and_nothing_is_left_over(language: Language) -> None:
    read = load_texts(language)
    bundle = FluentBundle([language.value], use_isolating=False)
    bundle.add_resource(FluentResource(files(texts).joinpath(f"{language.value}.ftl").read_text("utf-8")))
    for name, variables in read.variables().items():
        pattern = bundle.get_message(name).value
        assert pattern is not None
        for value in (0, 1, 2, 100, "A017"):
            values = dict.fromkeys(variables, value)
            text = read.text(name, values)
            assert text.strip(), name
            assert not set("{}$\\") & set(text), name
            assert list(string.Formatter().parse(text)) == [(text, None, None, None)], name
            assert (text, []) == bundle.format_pattern(pattern, values), name


def test_a_key_is_a_message() -> None:
    catalogue = load_catalogue(Language.EN)
    assert catalogue.say("face_tasks", count=3) == EN.text("face-tasks", {"count": 3}) != catalogue.say("ok")


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("code", [*(code.value for code in ErrorCode), "unheard_of"])
def test_every_refusal_has_words(language: Language, code: str) -> None:
    words = load_catalogue(language).refusal(code)
    assert words
    if code == "unheard_of":
        assert code in words
