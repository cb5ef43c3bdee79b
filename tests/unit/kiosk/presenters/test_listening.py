"""What a customer says finds the business, is shown while they say it, and is gone with them (K-02, K-13)."""

from __future__ import annotations

import pytest

from contracts.fields import Language
from kiosk.gallery.house import Furniture
from kiosk.presenters.entries import SHOWN, end_of
from kiosk.presenters.guide import Guide, Key, stops
from kiosk.presenters.listening import LEVELS, LISTEN_S, MOST_HEARD, MOST_S, VOICE_S
from kiosk.presenters.pages import (
    AddService,
    Enough,
    EntryPage,
    Erase,
    GoBack,
    Listen,
    ListenPage,
    Mode,
    NoCard,
    Page,
    PickBusiness,
    PickLanguage,
    Search,
    StartOver,
    Toggle,
    Tone,
    Type,
)
from kiosk.presenters.visit import SLOWER, Visit
from tests.unit.kiosk.presenters.furnished import WORDINGS, Guest

pytestmark = pytest.mark.req("K-02")

SAID = {
    Language.EN: ("I would like to borrow money for a car", "loan"),
    Language.ZH: ("我想借点钱买车", "loan"),
    Language.KO: ("보험금을 청구하려고요", "insurance"),
}


def listening(guest: Guest, language: Language = Language.EN) -> ListenPage:
    page = guest.touch(PickLanguage(language), NoCard(), Search(), Listen())
    assert isinstance(page, ListenPage)
    return page


def entry(page: Page) -> EntryPage:
    assert isinstance(page, EntryPage)
    assert page.name == "search"
    return page


@pytest.mark.parametrize("language", Language)
def test_from_the_button_to_the_tile(language: Language) -> None:
    guest = Guest()
    page = listening(guest, language)
    assert guest.house.listening is language
    texts = WORDINGS[language]
    assert (page.title, page.words) == (texts.say("listening"), texts.say("listening-words"))
    assert (page.said, page.example) == ("", texts.say("listening-example"))
    said, code = SAID[language]
    guest.desk.heard(said)
    found = entry(guest.page)
    assert found.shown == said
    assert found.choices[0].name == code
    assert guest.touch(PickBusiness(code)).name == "confirm"
    assert said not in str(guest.desk.visit)
    assert guest.desk.visit.said == ""


def test_the_words_so_far_and_the_level_are_shown() -> None:
    guest = Guest()
    listening(guest)
    guest.house.has = Furniture(said="I have lost", loud=0.5)
    page = guest.page
    assert isinstance(page, ListenPage)
    assert (page.said, page.example, page.level, page.of) == ("I have lost", "", round(LEVELS / 2), LEVELS)
    guest.house.has = Furniture(said="x" * 500, loud=7.0)
    page = guest.page
    assert isinstance(page, ListenPage)
    assert (len(page.said), page.level) == (MOST_HEARD, LEVELS)


def test_enough_waits_for_what_is_understood_and_takes_no_second_touch() -> None:
    guest = Guest()
    page = listening(guest)
    assert page.enough is not None
    page_after = guest.touch(page.enough.tap)
    assert guest.house.ending
    assert isinstance(page_after, ListenPage)
    assert (page_after.title, page_after.enough, page_after.level) == ("One moment…", None, 0)
    guest.desk.heard("a mortgage")
    assert entry(guest.page).choices[0].name == "loan"
    assert entry(guest.touch(Enough())).choices[0].name == "loan"


@pytest.mark.parametrize(
    ("said", "message", "tone"),
    [
        ("", "I did not understand that. Please type a few letters, or say it again.", Tone.CALM),
        ("zzz qqq", "I did not understand that. Please type a few letters, or say it again.", Tone.CALM),
        (None, "The microphone is not working. Please type a few letters.", Tone.WARN),
    ],
)
def test_what_can_not_be_used_is_said_and_text_is_offered(said: str | None, message: str, tone: Tone) -> None:
    guest = Guest()
    listening(guest)
    guest.desk.heard(said)
    page = entry(guest.page)
    assert (page.message, page.tone, page.choices) == (message, tone, ())
    assert page.keys
    page = entry(guest.touch(Type("L"), Type("O"), Type("A")))
    assert (page.shown, page.message, page.choices[0].name) == ("LOA", "", "loan")


@pytest.mark.parametrize("away", [GoBack(), StartOver()])
@pytest.mark.req("K-13")
def test_who_goes_away_is_not_listened_to_any_more(away: GoBack | StartOver) -> None:
    guest = Guest()
    listening(guest)
    guest.touch(away)
    assert guest.house.listening is None
    before = guest.desk.visit
    guest.desk.heard("a loan")
    assert guest.desk.visit == before


def test_an_answer_that_never_comes_is_given_up() -> None:
    guest = Guest()
    listening(guest)
    assert isinstance(guest.wait(MOST_S - 0.1), ListenPage)
    assert entry(guest.wait(0.2)).message.startswith("I did not understand")
    assert guest.house.listening is None
    guest.desk.heard("a loan")
    assert not entry(guest.page).choices


@pytest.mark.req("K-13")
def test_what_was_said_goes_with_the_next_touch_of_a_key_and_with_the_customer() -> None:
    guest = Guest()
    listening(guest)
    guest.desk.heard("about a loan")
    assert guest.desk.visit.said == "about a loan"
    guest.touch(Erase())
    assert guest.desk.visit.said == ""
    guest.touch(Listen())
    guest.desk.heard("about a loan")
    guest.touch(StartOver())
    assert guest.desk.visit == Visit(at_s=guest.at_s)


def test_speaking_shows_that_somebody_is_there() -> None:
    guest = Guest()
    listening(guest)
    guest.desk.heard("about a loan", at_s=guest.at_s + 12)
    assert guest.desk.visit.at_s == guest.at_s + 12


def test_what_was_chosen_already_is_not_found_again() -> None:
    guest = Guest()
    listening(guest)
    guest.desk.heard("a loan and insurance")
    assert {choice.name for choice in entry(guest.page).choices} == {"loan", "insurance"}
    guest.touch(PickBusiness("loan"), AddService(), Search(), Listen())
    guest.desk.heard("a loan and insurance")
    assert [choice.name for choice in entry(guest.page).choices] == ["insurance"]


def test_by_ear_the_page_and_its_ways_out_are_read() -> None:
    guest, guide = Guest(), Guide(WORDINGS)
    page = listening(guest)
    assert guide.follow(page) == ((Language.EN, "I am listening…"),)  # it waits for that
    assert [stop.name for stop in stops(page)][:3] == ["enough", "back", "over"]
    guest.house.has = Furniture(said="I have lost")
    assert guide.follow(guest.page) == ()  # nobody is talked over


@pytest.mark.parametrize("language", Language)
def test_by_ear_the_button_says_that_nothing_is_kept(language: Language) -> None:
    guest, guide = Guest(), Guide(WORDINGS)
    page = entry(guest.touch(PickLanguage(language), NoCard(), Search()))
    guide.follow(page)
    said = ""
    while guide.focus != "listen":
        said = guide.press(Key.DOWN).say[0][1]
    assert WORDINGS[language].say("listening-words")[-8:] in said
    assert WORDINGS[language].say("say-it") in said


@pytest.mark.parametrize("language", Language)
def test_by_ear_what_was_understood_and_what_it_led_to_is_said(language: Language) -> None:
    guest, guide = Guest(), Guide(WORDINGS)
    guide.follow(listening(guest, language))
    said, _ = SAID[language]
    guest.desk.heard(said)
    page = entry(guest.page)
    told = guide.follow(page)[0][1]
    assert said in told
    assert page.choices
    assert all(choice.label in told for choice in page.choices)
    guest.touch(Listen())
    guide.follow(guest.page)
    guest.desk.heard("zzz qqq")
    told = guide.follow(guest.page)[0][1]
    assert "zzz qqq" in told
    assert WORDINGS[language].say("search-unheard") in told


def test_the_microphone_waits_for_the_voice_that_reads_the_screen() -> None:
    guest = Guest()
    guest.touch(PickLanguage(Language.EN), Toggle(Mode.SPOKEN), NoCard(), Search(), Listen())
    assert isinstance(guest.wait(1), ListenPage)
    assert guest.house.listening is None
    guest.desk.voice_ended(at_s=guest.at_s)
    assert guest.house.listening is Language.EN
    guest.house.enough()
    guest.desk.voice_ended(at_s=guest.at_s)  # of a key that was pressed meanwhile
    assert guest.house.ending, "it began anew"


def test_a_voice_that_never_ends_is_not_waited_for() -> None:
    guest = Guest()
    guest.touch(PickLanguage(Language.EN), Toggle(Mode.SPOKEN), NoCard(), Search(), Listen())
    assert isinstance(guest.wait(VOICE_S - 0.1), ListenPage)
    assert guest.house.listening is None
    assert isinstance(guest.wait(0.2), ListenPage)
    assert guest.house.listening is Language.EN


def test_who_ends_it_before_it_listens_is_back_at_the_search() -> None:
    guest = Guest()
    guest.touch(PickLanguage(Language.EN), Toggle(Mode.SPOKEN), NoCard(), Search(), Listen())
    assert entry(guest.touch(Enough())).message.startswith("I did not understand")
    guest.desk.voice_ended(at_s=guest.at_s)
    assert guest.house.listening is None


def test_a_voice_that_is_switched_on_meanwhile_is_not_listened_to() -> None:
    guest = Guest()
    listening(guest)
    assert isinstance(guest.touch(Toggle(Mode.SPOKEN)), ListenPage)
    assert guest.house.listening is None
    guest.desk.voice_ended(at_s=guest.at_s)
    assert guest.house.listening is Language.EN


@pytest.mark.parametrize("mode", Mode)
def test_who_needs_more_time_has_it_to_speak_too(mode: Mode) -> None:
    guest = Guest()
    listening(guest)
    assert guest.house.listens_s == LISTEN_S
    guest.touch(StartOver(), PickLanguage(Language.EN), Toggle(mode), NoCard(), Search(), Listen())
    guest.desk.voice_ended(at_s=guest.at_s)
    assert guest.house.listens_s == LISTEN_S * SLOWER
    assert isinstance(guest.wait(MOST_S * SLOWER - 0.1), ListenPage)
    assert entry(guest.wait(0.2)).message.startswith("I did not understand")


def test_of_a_long_sentence_the_end_is_shown() -> None:
    assert end_of("short", SHOWN) == "short"
    assert end_of("x" * 60 + "end", 10) == "…xxxxxxxend"
    assert end_of("가나다라마", 4) == "…라마"
