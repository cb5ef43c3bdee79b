"""Personal data is blanked before a transcript leaves the device; what carries a signal stays."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.datasets.location import data_folders, project_root
from models.names import LANGUAGES, Language
from models.talk.redaction import BLANK, redact
from models.talk.signals import Utterance, Word

pytestmark = pytest.mark.req("W-10")


def _utterance(text: str, words: tuple[Word, ...] = (), language: Language = "en") -> Utterance:
    return Utterance(index=3, text=text, language=language, words=words, at_ms=1200)


def _redacted(text: str, *names: str) -> str:
    """The text after redaction, blanks shortened to one: cases are easier to read."""
    return re.sub(rf"{BLANK}+(\s+{BLANK}+)*", "_", redact(_utterance(text), names).text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my card number is 4821 3344 1212 9090 please", "my card number is _ please"),
        ("call me on 020-7946-0958, thanks", "call me on _, thanks"),
        ("account 12.34.56.78", "account _"),
        ("passport M12345678", "passport _"),
        ("4, 8, 2, 1 is it", "_ is it"),
        ("it ends in four two seven one", "it ends in _"),
        ("double five oh nine", "_"),
        ("forty eight twenty one ninety nine", "_"),
        ("oh seven seven dash three one two", "_"),
        ("电话是一三八零零一三八零零零", "电话是_"),
        ("幺三八 零零幺二", "_"),
        ("卡号 6222 0213 8888", "卡号 _"),
        ("번호는 공일공 일이삼사 오육칠팔이에요", "번호는 _이에요"),
        ("공일공에 일이삼사에 오육칠팔", "_"),
        ("공 일 공 일 이 삼 사", "_"),
        ("하나둘셋넷", "_"),
        ("주민번호는 900101-1234567입니다", "주민번호는 _입니다"),
    ],
)
def test_numbers_that_tell_who_somebody_is_are_blanked(text: str, expected: str) -> None:
    assert _redacted(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my name is Anna Smith and I'd like a mortgage", "my name is _ and I'd like a mortgage"),
        ("my name is anna smith and i want a bond fund", "my name is _ and i want a bond fund"),
        ("my name's Ann van der Berg and I want a loan", "my name's _ and I want a loan"),
        ("i'm called Bob, what about the loan?", "i'm called _, what about the loan?"),
        ("Mr. Smith wants a card", "Mr. _ wants a card"),
        ("mr smith wants a bond fund", "mr _ wants a bond fund"),
        ("This is Peter speaking", "This is _ speaking"),
        ("我叫王小明我想办房贷", "我叫_我想办房贷"),
        ("我叫王明买基金", "我叫_买基金"),
        ("您好，我叫欧阳娜娜，想开户", "您好，我叫_，想开户"),
        ("我姓李", "我姓_"),
        ("免贵姓张", "免贵姓_"),
        ("王先生您好", "_先生您好"),
        ("제 이름은 김민수입니다", "제 이름은 _입니다"),
        ("저는 박지영이라고 합니다", "저는 _이라고 합니다"),
        ("저는 김 민수입니다", "저는 _입니다"),
        ("김민수 고객님 안녕하세요", "_ 고객님 안녕하세요"),
    ],
)
def test_introduced_names_are_blanked(text: str, expected: str) -> None:
    assert _redacted(text) == expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("anna wants the bond fund, says SMITH's wife", "Anna Smith", "_ wants the bond fund, says _'s wife"),
        ("the annals of banking", "Anna Smith", "the annals of banking"),
        ("민수가 펀드를 김민수는 대출을", "김민수", "_가 펀드를 _는 대출을"),
        ("김 민수님 오셨어요", "김민수", "_님 오셨어요"),
        ("小明说王 小明要基金", "王小明", "_说_要基金"),
    ],
)
def test_names_that_are_known_are_blanked_whole_and_in_parts(text: str, name: str, expected: str) -> None:
    assert _redacted(text, name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to anna.smith@example.com please", "write to _ please"),
        ("my email is anna smith at gmail dot com", "my email is _"),
        ("it's anna at example dot co dot uk", "it's _"),
        ("我的邮箱是anna艾特qq点com", "我的邮箱是_"),
        ("메일은 minsu 골뱅이 네이버 점 컴이요", "메일은 _이요"),
        ("I live at 12 Baker Street", "I live at _"),
        ("i live at forty two oak avenue", "i live at _"),
        ("我住在中山路一百二十号", "我住在_"),
        ("주소는 서울시 강남구 테헤란로 152입니다", "주소는 _입니다"),
        ("born on the third of May nineteen eighty four", "born on _"),
        ("birthday is june fifth", "birthday is _"),
        ("my date of birth is 12.03.1984", "my date of birth is _"),
        ("我的生日是一九八四年五月三号", "我的生日是_"),
        ("천구백팔십사년 오월 삼일생이에요", "_생이에요"),
    ],
)
def test_addresses_and_dates_of_birth_are_blanked(text: str, expected: str) -> None:
    assert _redacted(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "fifty thousand at 3 percent for 30 years",
        "between 1,000 and 20,000, 30,000 euros",
        "10-15 percent, 12.75 percent, twenty or thirty years",
        "twenty five thousand three hundred forty one",
        "five minutes down the road",
        "call me back tomorrow",
        "五十万，百分之三点五，三十年",
        "我先生不喜欢股票基金，等我问过先生",
        "我叫了车",
        "三月份要生宝宝了",
        "오천만 원이요, 일 년에 삼 퍼센트",
        "이 일이 오래 걸려요",
        "저는 안 할 거예요, 전 이 상품인데요",
        "정기예금으로 2년 할게요",
        "이름이 뭐예요",
        "삼월에 아기가 태어나요",
        "주차장이 없어서 한참 돌았어요",
        "it was for my birthday and we had a good time",
    ],
)
def test_amounts_rates_terms_and_ordinary_words_stay(text: str) -> None:
    before = _utterance(text)

    assert redact(before) is before


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_suite_loses_nothing(language: Language) -> None:
    path = project_root() / "benchmarks" / "talk" / "utterances" / f"{language}.jsonl"
    texts = []
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        texts += [turn["text"] for turn in [*case["context"], case["utterance"]]]

    assert len(texts) > 200
    assert [text for text in texts if redact(_utterance(text)).text != text] == []


def test_the_branch_sentences_lose_nothing() -> None:
    folders = data_folders()
    found = [path for folder in folders if (path := folder / "speech" / "branch_sentences.json").is_file()]
    if not found:
        pytest.skip(f"no speech/branch_sentences.json in {' or '.join(map(str, folders))}; set USHER_DATA")
    texts = [row[1] for rows in json.loads(found[0].read_text(encoding="utf-8")).values() for row in rows]

    assert len(texts) == 60
    assert [text for text in texts if redact(_utterance(text)).text != text] == []


def test_words_stay_aligned_and_keep_their_confidence() -> None:
    words = tuple(
        Word(text, 0.5 + place / 100) for place, text in enumerate(["제", "이름은", "김민수입니다", "일이삼사번"])
    )

    after = redact(_utterance("제 이름은 김민수입니다 일이삼사번", words))

    assert [word.text for word in after.words] == ["제", "이름은", f"{BLANK * 3}입니다", f"{BLANK * 4}번"]
    assert [word.confidence for word in after.words] == [word.confidence for word in words]
    assert after.text == " ".join(word.text for word in after.words)
    assert (after.index, after.at_ms) == (3, 1200)


def test_words_that_are_not_those_of_the_text_are_blanked_by_themselves() -> None:
    words = (Word("four"), Word("two"), Word("seven"), Word("one"), Word("please"))

    after = redact(_utterance("4271, please.", words))

    assert after.text == f"{BLANK * 4}, please."
    assert [word.text for word in after.words] == [BLANK * 4, BLANK * 3, BLANK * 5, BLANK * 3, "please"]


_ENGLISH = (
    "fund",
    "my name is",
    "Anna",
    "at",
    "dot",
    "com",
    "four",
    "two",
    "double",
    "12",
    "4821",
    "oh",
    "percent",
    "Mr",
)
_CHINESE = ("我叫", "王", "小明", "一三", "八零", "不要基金")
_KOREAN = ("이름은", "김민수", "입니다", "공일공", "일이", "저는", "라고 합니다")
_FILL = st.sampled_from((*_ENGLISH, *_CHINESE, *_KOREAN))
_TEXT = st.one_of(
    st.text(max_size=60), st.lists(_FILL, max_size=12).map(" ".join), st.lists(_FILL, max_size=8).map("".join)
)


@given(_TEXT)
def test_no_run_of_four_digits_survives(text: str) -> None:
    assert re.search(r"\d{4}", redact(_utterance(text)).text) is None


@given(
    st.lists(st.text("0123456789", min_size=1, max_size=6), min_size=2, max_size=6).filter(
        lambda groups: sum(map(len, groups)) >= 6
    ),
    st.sampled_from([" ", "-", ".", " - ", "/"]),
)
def test_no_long_number_survives_in_groups(groups: list[str], between: str) -> None:
    after = redact(_utterance(f"it is {between.join(groups)} and no more")).text

    assert not any(map(str.isdigit, after))


@given(_TEXT, st.sampled_from([(), ("Anna Smith",), ("王小明", "김민수")]))
def test_it_is_idempotent_and_keeps_length_and_spaces(text: str, names: tuple[str, ...]) -> None:
    once = redact(_utterance(text), names)

    assert redact(once, names) is once
    assert len(once.text) == len(text)
    assert all(a == b or (b == BLANK and not a.isspace()) for a, b in zip(text, once.text, strict=True))


@given(st.lists(_FILL.filter(lambda fill: " " not in fill), min_size=1, max_size=10))
def test_words_joined_are_the_text(parts: list[str]) -> None:
    after = redact(_utterance(" ".join(parts), tuple(map(Word, parts))))

    assert " ".join(word.text for word in after.words) == after.text


@given(st.text("abcdefghijklm 基金不要펀드는싫어요.,!?", max_size=60))
def test_text_without_personal_data_is_the_same_object(text: str) -> None:
    before = _utterance(text)

    assert redact(before) is before
