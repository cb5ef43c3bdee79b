"""Fluent files: what is read, what is refused, and that it is filled in as Fluent's own runtime does."""

from pathlib import Path

import pytest
from fluent.runtime import FluentBundle, FluentResource
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import TextsError
from runtime.texts import PLURALS, Texts

SAMPLE = """\
# For translators.
plain = Binding…
named = Offline { $minutes } min, { $name }
literal = { "{" }{ "" } a{ "\\u00A0" }b
lines =
    First { $name }

    third
tasks =
    { $count ->
        [0] nothing
        [one] { $count } task for { $name }
       *[other] { $count } tasks
    }
field =
    Field { $code ->
       *[other] { $code }
        [age] age
        [risk-rating]
            { $count ->
                [one] risk
               *[other] risks
            } of { $name }
    }!
"""


def texts(folder: Path, content: str, language: str = "en") -> Texts:
    file = folder / "some.ftl"
    file.write_text(content, "utf-8")
    return Texts(file, language)


def test_texts_are_filled_in(tmp_path: Path) -> None:
    read = texts(tmp_path, SAMPLE)
    assert read.text("plain", {}) == "Binding…"
    assert read.text("named", {"minutes": 3, "name": "Li"}) == "Offline 3 min, Li"
    assert [read.text("tasks", {"count": n, "name": "Li"}) for n in (0, 1, 3)] == [
        "nothing",
        "1 task for Li",
        "3 tasks",
    ]
    assert "plain" in read
    assert "absent" not in read
    assert read.variables() == {
        "plain": set(),
        "named": {"minutes", "name"},
        "literal": set(),
        "lines": {"name"},
        "tasks": {"count", "name"},
        "field": {"code", "count", "name"},
    }


@given(
    language=st.sampled_from(sorted(PLURALS)),
    count=st.integers(0, 999) | st.sampled_from(["one", "1", ""]),
    code=st.sampled_from(["age", "risk-rating", "other", "fund", "1"]),
    name=st.text(max_size=5) | st.integers(0, 999),
)
def test_the_same_as_fluents_own_runtime(
    tmp_path_factory: pytest.TempPathFactory, language: str, count: str | int, code: str, name: str | int
) -> None:
    read = texts(tmp_path_factory.getbasetemp(), SAMPLE, language)
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource(SAMPLE))
    values = {"minutes": count, "count": count, "code": code, "name": name}
    for message in read.variables():
        pattern = bundle.get_message(message).value
        assert pattern is not None
        assert (read.text(message, values), []) == bundle.format_pattern(pattern, values)


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        ("a = A\nb\n", 2, "no Fluent"),
        ("a = A\n\n## Group\n\nb = { $x\n", 5, "no Fluent"),
        ("a = A\na = B\n", 2, "a is there twice"),
        ("a = A\nb =\n    .title = T\n", 2, "b: terms and attributes"),
        ("a = A\n    .title = T\n", 1, "a: terms and attributes"),
        ("-brand = Usher\n", 1, "brand: terms"),
        ("# x\na = { -brand }\n", 1, "TermReference isn't known"),
        ("a = { b }\n", 1, "MessageReference isn't known"),
        ("a = { NUMBER($x) }\n", 1, "FunctionReference isn't known"),
        ("a = { 3 }\n", 1, "NumberLiteral isn't known"),
        ("a = { { $x } }\n", 1, "Placeable isn't known"),
        ("a = { NUMBER($x) ->\n   *[other] x\n }\n", 1, "SelectExpression isn't known"),
        ("a = { $x ->\n    [1.5] y\n   *[other] x\n }\n", 1, r"\[1.5\]: a choice is by whole numbers"),
    ],
)
def test_a_faulty_file_names_its_line(tmp_path: Path, content: str, line: int, why: str) -> None:
    with pytest.raises(TextsError, match=rf"some\.ftl:{line}: .*{why}"):
        texts(tmp_path, content)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(TextsError, match=r"absent\.ftl.*install the package anew"):
        Texts(tmp_path / "absent.ftl", "en")
    (tmp_path / "latin.ftl").write_bytes("a = é".encode("latin-1"))
    with pytest.raises(TextsError, match=r"latin\.ftl.*utf-8"):
        Texts(tmp_path / "latin.ftl", "en")
    with pytest.raises(TextsError, match="the plurals of 'eo' aren't known"):
        texts(tmp_path, SAMPLE, "eo")
    read = texts(tmp_path, SAMPLE)
    with pytest.raises(TextsError, match=r"some\.ftl: there is no message 'absent'"):
        read.text("absent", {})
    with pytest.raises(TextsError, match=r"some\.ftl: named needs \$name"):
        read.text("named", {"minutes": 3})
    with pytest.raises(TextsError, match=r"tasks needs \$count"):
        read.text("tasks", {})
