"""HTML of the pages: Jinja2 with everything escaped, assets named after their content."""

import hashlib
from collections.abc import Mapping
from importlib.resources import files

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from contracts.fields import Language
from hub.console import assets
from hub.console.words import Words, language_tag, load_words

CONTENT_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Asset(msgspec.Struct, frozen=True):
    """A file that pages load; ``url`` is another when its content is."""

    url: str
    content_type: str
    body: bytes


Parts = dict[str, str]
"""HTML by the id of the element that holds it: a page is its frame and these, a stream sends only these."""


class Renderer:
    """Makes pages and the parts of pages."""

    def __init__(self) -> None:
        self.words: Mapping[Language, Words] = load_words()
        self.assets: Mapping[str, Asset] = {
            entry.name: Asset(f"/assets/{hashlib.sha256(body).hexdigest()[:16]}/{entry.name}", kind, body)
            for entry in files(assets).iterdir()
            if (kind := CONTENT_TYPES.get("." + entry.name.rpartition(".")[2])) is not None
            for body in [entry.read_bytes()]
        }
        self._environment = Environment(
            loader=PackageLoader("hub.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals.update(
            asset=self._url,
            language_name=self._language_name,
            language_tag=language_tag,
            languages=tuple(Language),
        )

    def part(self, template: str, language: Language, **values: object) -> str:
        """A piece of a page."""
        return self._environment.get_template(template).render(words=self.words[language], **values)

    def page(self, template: str, language: Language, parts: Parts | None = None, **values: object) -> str:
        """A whole page with its parts in it."""
        pieces = {name: Markup(html) for name, html in (parts or {}).items()}  # made by part(), so escaped already
        return self._environment.get_template(template).render(words=self.words[language], parts=pieces, **values)

    def _language_name(self, language: Language) -> str:
        return self.words[language].say("language")

    def _url(self, name: str) -> str:
        return self.assets[name].url
