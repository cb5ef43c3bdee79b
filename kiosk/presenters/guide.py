"""The screen by ear: what is said of each page, and the keys of the headphone panel (EN 301 549, 5.1.3 and 5.1.6).

Six keys and a volume lead through every page: down and up from one thing to the next, OK does what it says, back,
and again. Each page is announced when it comes; nothing is said that isn't on the screen, and of a number that is
being typed only how many digits it has.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from contracts.fields import Language
from kiosk.presenters.pages import Choice, ChoicePage, ConfirmPage, EntryPage, ListenPage, Page, Tap, TicketPage
from kiosk.presenters.wording import Wording

LOUDEST = 5
"""Steps of the volume."""


class Key(StrEnum):
    """A key of the headphone panel."""

    UP = "up"
    DOWN = "down"
    OK = "ok"
    BACK = "back"
    REPEAT = "repeat"
    LOUDER = "louder"
    SOFTER = "softer"


Utterance = tuple[tuple[Language, str], ...]
"""What is to be said, each part in the language it is in."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a key led to: something to say, or a tap to do."""

    say: Utterance = ()
    tap: Tap | None = None


class Guide:
    """Where on the page the ear is. ``volume`` is 1 to ``LOUDEST``."""

    def __init__(self, wordings: Mapping[Language, Wording]) -> None:
        self._wordings = wordings
        self._page: Page | None = None
        self._at: int | None = None
        self.volume = 3

    @property
    def focus(self) -> str:
        """The name of what would be done by OK; '' while only the page itself was read."""
        if self._page is None or self._at is None:
            return ""
        return stops(self._page)[self._at].name

    @property
    def listening(self) -> bool:
        """Whether somebody has been told anything."""
        return self._page is not None

    def follow(self, page: Page) -> Utterance:
        """Tell it what is shown now; what is to be said of it, nothing when the ear has heard it."""
        before, self._page = self._page, page
        if before is None or before.name != page.name or before.around.language != page.around.language:
            self._at = None
            return self.announced(page)
        if self._at is not None:
            self._at = min(self._at, len(stops(page)) - 1)
        if isinstance(page, EntryPage) and isinstance(before, EntryPage):
            return self._of_entry(before, page)
        return ()

    def leave(self) -> None:
        """Nobody listens any more."""
        self._page, self._at, self.volume = None, None, 3

    def press(self, key: Key) -> Pressed:
        """What the key does on the page that is shown."""
        page = self._page
        if page is None:
            return Pressed()
        around = stops(page)
        match key:
            case Key.DOWN | Key.UP:
                step = 1 if key is Key.DOWN else -1
                begin = -1 if key is Key.DOWN else 0
                self._at = ((begin if self._at is None else self._at) + step) % len(around)
                return Pressed(say=self._of_stop(page, around))
            case Key.OK:
                return Pressed(tap=around[self._at].tap) if self._at is not None else Pressed(say=self.announced(page))
            case Key.BACK:
                back = next((stop.tap for stop in around if stop.name in ("back", "done", "over")), None)
                return Pressed(tap=back)
            case Key.REPEAT:
                return Pressed(say=self.announced(page) if self._at is None else self._of_stop(page, around))
            case Key.LOUDER | Key.SOFTER:
                self.volume = max(1, min(LOUDEST, self.volume + (1 if key is Key.LOUDER else -1)))
                return Pressed(say=self._say(page, "spoken-volume", volume=self.volume))

    def announced(self, page: Page) -> Utterance:
        """All that the page says, and how to go on."""
        if page.around.language is None:
            said = [(language, _lines(page, place)) for place, language in enumerate(Language)]
            hints = [(language, self._wordings[language].say("spoken-hint")) for language in Language]
            return tuple((language, f"{text} {hint}") for (language, text), (_, hint) in zip(said, hints, strict=True))
        language = page.around.language
        # The microphone opens when the voice has ended: what else there is to say was said at its button.
        hint = "" if isinstance(page, ListenPage) else self._wordings[language].say("spoken-hint")
        parts = [*_said(page), hint]
        return ((language, " ".join(_ended(part) for part in parts if part)),)

    def _of_stop(self, page: Page, around: tuple[Choice, ...]) -> Utterance:
        stop = around[self._at or 0]
        language = stop.language or page.around.language or Language.EN
        texts = self._wordings[language]
        parts = [spoken(stop), stop.detail]
        if stop.on is not None:
            parts.append(texts.say("spoken-on" if stop.on else "spoken-off"))
        parts.append(texts.say("spoken-place", at=(self._at or 0) + 1, count=len(around)))
        return ((language, " ".join(_ended(part) for part in parts if part)),)

    def _of_entry(self, before: EntryPage, page: EntryPage) -> Utterance:
        """What typing changed: how much stands there, what is wrong, or what fits."""
        language = page.around.language or Language.EN
        parts = []
        if page.shown != before.shown:
            parts.append(page.spoken_shown)
            parts += [choice.label for choice in page.choices]
        if page.message != before.message:
            parts.append(page.message)
        text = " ".join(_ended(part) for part in parts if part)
        return ((language, text),) if text else ()

    def _say(self, page: Page, name: str, **values: int) -> Utterance:
        language = page.around.language or Language.EN
        return ((language, self._wordings[language].say(name, **values)),)


def stops(page: Page) -> tuple[Choice, ...]:
    """All that can be done on a page, in the order in which the keys go through it: each has words to be said."""
    return tuple(_stops(page))


def spoken(choice: Choice) -> str:
    """What is said of a choice."""
    return choice.spoken or choice.label


def _stops(page: Page) -> Iterator[Choice]:
    optional: tuple[Choice | None, ...]
    match page:
        case ChoicePage():
            yield from page.choices
            yield from page.tools
            optional = (page.aside, page.back, page.over)
        case EntryPage():
            yield from page.choices
            for row in page.keys:
                yield from row
            optional = (page.enter, page.listen, page.back, page.over)
        case ConfirmPage():
            optional = (page.take, page.add, page.back, page.over)
        case ListenPage():
            optional = (page.enough, page.back, page.over)
        case TicketPage():
            optional = (page.done,)
    yield from (choice for choice in optional if choice is not None)
    yield from page.around.bar


def _said(page: Page) -> Iterator[str]:
    yield page.head.notice
    match page:
        case ChoicePage():
            yield from (page.title, page.words, page.hint_words)
        case ListenPage():
            yield page.title
        case EntryPage(name="search") if page.shown:
            yield from (page.title, page.spoken_shown, page.message)
            yield from (choice.label for choice in page.choices)
        case EntryPage():
            yield from (page.title, page.words, page.message)
        case ConfirmPage():
            yield from (page.title, *page.services)
            if page.wait is not None:
                yield from (page.wait.label, page.wait.range, page.wait.warning)
        case TicketPage():
            yield from (page.label, " ".join(page.number), page.business, page.title, page.words)
            if page.wait is not None:
                yield from (page.wait.label, page.wait.range, page.wait.warning)
            yield page.paper


def _lines(page: Page, place: int) -> str:
    """Of a page in all languages the line of one."""
    lines = page.title.split("\n") if isinstance(page, ChoicePage) else []
    more = page.words.split("\n") if isinstance(page, ChoicePage) and page.words else []
    return " ".join(_ended(part[place]) for part in (lines, more) if place < len(part))


def _ended(text: str) -> str:
    return text if text.endswith((".", "…", "?", "!", "。", "？", "！")) else f"{text}."
