"""A gallery's page: it is whole, escapes what it is given, and chooses by its style sheet alone."""

from __future__ import annotations

from html.parser import HTMLParser

from runtime.ui.gallery_page import choice, framed, hiding, said, title_of

VOID = {"meta", "img", "input"}


class Outline(HTMLParser):
    """Which elements are open, which ids there are, and where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_every_link_leads_somewhere() -> None:
    languages = {"en": "English", "ko": "한국어"}
    text = framed(
        title="A <bank>",
        heading="Bank & kiosk",
        words="Two <b>pictures</b>.",
        foot="Made up.",
        style="".join(hiding("language", "figure", [*languages])),
        scenes=["one-more", "last"],
        choices=choice("language", "Which <one>", languages),
        sections=['<section id="one-more"></section>', '<section id="last"></section>'],
    )
    outline = Outline()
    outline.feed(text)
    assert outline.open == []
    assert len(set(outline.ids)) == len(outline.ids)
    assert outline.links == ["#one-more", "#last"]
    assert {link.removeprefix("#") for link in outline.links} <= set(outline.ids)
    assert "A &lt;bank&gt;" in text
    assert "Bank &amp; kiosk" in text
    assert "Which &lt;one&gt;" in text
    assert "<script" not in text


def test_what_is_chosen_hides_every_other_value() -> None:
    assert list(hiding("look", "figure", ["plain", "large", "dark"]))[1] == (
        "body:has(#look-large:checked) :is(figure.plain, figure.dark) { display: none; }\n"
    )


def test_texts_of_a_picture_fit_into_an_attribute() -> None:
    assert said(['Say "yes"', "two\nlines", "<b>"]) == "Say &quot;yes&quot; | two lines | &lt;b&gt;"
    assert title_of("ticket-not-printed") == "Ticket not printed"
