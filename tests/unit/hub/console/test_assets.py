"""Scripts and styles keep to what browsers of old televisions know, and load nothing from elsewhere."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from hub.console import assets, templates
from hub.console.rendering import CONTENT_TYPES, Renderer

pytestmark = pytest.mark.req("K-06")

NEWER = {
    ".js": r"=>|`|\b(?:let|const|class|async|await|import|export|fetch|Promise|Symbol|Map|Set)\b|\?\.|\?\?|\.\.\.",
    ".css": r"var\(|--\w+:|display: grid|\bgap:|@import|:is\(|:where\(|\binset:|clamp\(|aspect-ratio",
}
"""What came after 2015."""


def code(name: str) -> str:
    text = files(assets).joinpath(name).read_text("utf-8")
    return re.sub(r"/\*.*?\*/|'[^'\n]*'", "", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    "name", sorted(entry.name for entry in files(assets).iterdir() if entry.name.endswith(tuple(NEWER)))
)
def test_nothing_newer_than_old_televisions_is_used(name: str) -> None:
    pattern = NEWER[f".{name.rpartition('.')[2]}"]
    assert re.findall(pattern, code(name)) == []
    assert "//" not in code(name).replace("http://www.w3.org/2000/svg", "")


def test_assets_are_found_by_their_content_and_each_is_used() -> None:
    renderer = Renderer()
    assert {asset.content_type for asset in renderer.assets.values()} == set(CONTENT_TYPES.values())
    pages = "".join(one.read_text("utf-8") for one in files(templates).iterdir() if one.name.endswith(".html"))
    for name, asset in renderer.assets.items():
        assert f"asset('{name}')" in pages
        assert re.fullmatch(rf"/assets/[0-9a-f]{{16}}/{re.escape(name)}", asset.url)


def test_templates_hold_no_script_no_style_and_nothing_unescaped() -> None:
    for one in files(templates).iterdir():
        if one.name.endswith(".html"):
            text = one.read_text("utf-8")
            assert not re.search(r"<script>|<style|\sstyle=|\son\w+=|\|\s*safe|autoescape|javascript:", text), one.name
