"""Personal data is blanked before a transcript leaves the device. Pure (W-10).

Blanked: runs of four or more digits (cards, accounts, phones, identity numbers), written or spoken; e-mail addresses;
names that are given, introduced or follow a title; street addresses; dates of birth. Amounts, rates, terms and
product words stay. Every blanked character becomes ``BLANK`` and spaces stay, so that the text keeps its length and the
evidence of a signal found before stands at the same place after.

What it can't catch: a name that nobody introduced and nobody gave; a number cut in two by a pause (each utterance is
judged alone) or misheard as other words ("for" for "four"); an address without number or without the word for street;
what describes a person without naming them. It blanks too much rather than too little: a year or an amount written as
four digits without a comma, and an ordinary word that is also part of a given name, are lost.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

import msgspec

from models.talk.signals import Utterance, Word

BLANK = "□"
"""Stands for each character of what was blanked."""

FEWEST = 4
"""A run of this many digits tells who somebody is; three are a count, a rate or an amount."""

Span = tuple[int, int]

_HAN = "一-鿿"
_HANGUL = "가-힣"

# ---- digits -------------------------------------------------------------------------------------------------------

_ONES = {"oh", "o", "zero", "nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
_TEENS = {"ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
_TENS = {"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
_TIMES = {"double": 2, "triple": 3}
_SPOKEN = "|".join(sorted(_ONES | _TEENS | _TENS | set(_TIMES), key=len, reverse=True))
_ATOM = rf"(?:\d+|(?<![^\W\d_])(?:{_SPOKEN})(?![^\W\d_]))"
_BETWEEN = r"(?:[\s.\-–—/()·+_]{1,3}|,\s+|\s+(?:dash|hyphen|minus|slash|stroke)\s+)"
_RUN = re.compile(rf"(?<![\d,]){_ATOM}(?:{_BETWEEN}{_ATOM})*(?!,?\d)", re.IGNORECASE)
_ATOMS = re.compile(r"\d+|[a-z]+", re.IGNORECASE)
_SOLID = re.compile(rf"\d{{{FEWEST},}}")
_COMMAS = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{1,3})+(?![\d,])")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,3},\d{1,2}")
_DECIMAL = re.compile(r"\d{1,3}\.\d{1,2}")
_UNIT = re.compile(
    r"\s*(?:%|percent|per cent|hundred|thousand|million|billion|years?|months?|weeks?|days?|euros?|dollars?|pounds?"
    r"|won|yuan|o'clock|[百千万亿块元年岁天]|个|퍼센트|프로|[원천만억년살세]|개월)",
    re.IGNORECASE,
)
_ZH_DIGIT = "零〇○幺一二三四五六七八九"
_ZH_RUN = re.compile(rf"[{_ZH_DIGIT}\d](?:[\s\-–—、，,.杠]{{0,2}}[{_ZH_DIGIT}\d]){{3,}}")
_KO_DIGIT = "[공영일이삼사오육륙칠팔구]"
_KO_COUNT = "(?:하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉)"
_KO_GROUP = rf"(?:{_KO_DIGIT}|{_KO_COUNT}|\d)+"
_KO_END = (
    r"(?=$|[^가-힣]|번|입니다|이에요|예요|이요|요(?![가-힣])|이고|고요|인데|이라|라고|으로|로(?![가-힣])"
    r"|[은는이가을를의에](?![가-힣]))"
)
_KO_BETWEEN = r"(?:\s+다시\s+|[에의]\s+|[\s\-.,]+)"
_KO_RUN = re.compile(rf"(?<![가-힣])({_KO_GROUP}(?:{_KO_BETWEEN}{_KO_GROUP})*){_KO_END}")
_KO_ONE = re.compile(rf"{_KO_DIGIT}|{_KO_COUNT}|\d")


def _numbers(text: str) -> Iterator[Span]:
    for found in _SOLID.finditer(text):
        yield _whole_token(text, found.span())
    for found in _RUN.finditer(text):
        count, groups = _spoken_digits(found[0])
        amount = _DECIMAL.fullmatch(found[0]) or (groups <= 2 and _UNIT.match(text, found.end()))
        if count >= FEWEST and not amount:
            yield _whole_token(text, found.span())
    for found in _COMMAS.finditer(text):
        if sum(map(str.isdigit, found[0])) >= FEWEST and not _THOUSANDS.fullmatch(found[0]):
            yield found.span()
    for found in _ZH_RUN.finditer(text):
        if not found[0].isascii():
            yield found.span()
    for found in _KO_RUN.finditer(text):
        if not found[1].isascii() and _reads_as_number(found[1]):
            yield found.span(1)


def _spoken_digits(run: str) -> tuple[int, int]:
    """How many digits a run has, and in how many numbers they are said ("forty two seven": 3 in 2)."""
    count, groups, times, tens = 0, 0, 1, False
    for atom in _ATOMS.findall(run.lower()):
        if atom in _TIMES:
            times = _TIMES[atom]
            continue
        if not (tens and atom in _ONES and atom not in ("oh", "o", "zero")):
            groups += times
            count += times * (len(atom) if atom.isdigit() else 1 if atom in _ONES else 2)
        times, tens = 1, atom in _TENS
    return count, groups


def _reads_as_number(run: str) -> bool:
    """Korean digits are also particles and pronouns ("이 일이"): short groups mixed with others are no number."""
    groups = [len(_KO_ONE.findall(group)) for group in re.split(_KO_BETWEEN, run)]
    groups = [size for size in groups if size]
    total = sum(groups)
    return total >= FEWEST and (max(groups) >= 3 or total >= 6 or len(groups) == total)


def _whole_token(text: str, span: Span) -> Span:
    """The span with the letters and digits that touch it: the prefix of a passport number, the last X of an ID."""
    start, end = span
    while start and text[start - 1].isascii() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isascii() and text[end].isalnum():
        end += 1
    return start, end


# ---- e-mail, street addresses, dates of birth ---------------------------------------------------------------------

_LOCAL = r"[a-z0-9_+\-□]+(?:(?:\.|\s+(?:dot|point|underscore|dash|hyphen)\s+)[a-z0-9_+\-□]+)*"
_KO_DOMAIN = r"[\w□]+?(?:\s*(?:점|닷|쩜)\s*(?:컴|넷|케이알|씨오|오알지|[a-z□]+))+"
_ZH_DOMAIN = r"[a-z0-9\-□]+(?:\s*点\s*[a-z□]+)+"
_NUMBER_WORD = rf"(?:\d+[a-z]?|(?:{_SPOKEN})(?:[\s\-](?:{_SPOKEN}|hundred|and)\b){{0,5}})"
_ZH_NUMBER = r"[\d零〇一二三四五六七八九十百□]{1,12}"
_KO_NUMBER = r"[\d공영일이삼사오육륙칠팔구십백천□]{1,12}"
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"
)
_NTH = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w+teenth|twentieth"
    r"|thirtieth|\d{1,2}(?:st|nd|rd|th)?)"
)
_DAY = rf"(?:(?:twenty|thirty)[\s\-])?(?:{_NTH}|{_SPOKEN})"
_YEAR = rf"(?:\d{{2,4}}|□+|(?:{_SPOKEN})\b(?:[\s\-](?:{_SPOKEN}|hundred|thousand|and)\b){{0,5}})"
_EN_DATE = (
    rf"(?:(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR}\b)?|{_MONTH}\s+(?:the\s+)?{_DAY}(?:,?\s+{_YEAR}\b)?"
    rf"|{_MONTH}(?:\s+of)?\s+{_YEAR}\b|{_YEAR}\b)"
)
_ZH_YEAR, _ZH_DATE = rf"{_ZH_NUMBER}\s*年", rf"\s*{_ZH_NUMBER}\s*月(?:\s*{_ZH_NUMBER}\s*[日号])?"
_KO_YEAR, _KO_DATE = rf"{_KO_NUMBER}\s*년", rf"\s*(?:{_KO_NUMBER}|유|시)\s*월\s*{_KO_NUMBER}\s*일"

_OTHERS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\w.+\-□])[\w.+\-□]++@[\w\-□]+(?:\.[\w\-□]+)*",
        r"mail(?:\s+address)?(?:\s+is|'s)\s+(?P<it>[\w\s.\-□]{1,40}?\s+at\s+[\w□]+(?:\s+dot\s+[\w□]+)+)",
        rf"\b(?P<it>{_LOCAL}\s+at\s+[a-z0-9\-□]+(?:\s+dot\s+[a-z□]+)+)",
        rf"(?<![a-z0-9._+\-□{_ZH_DIGIT}])[a-z0-9._+\-□{_ZH_DIGIT}]+(?:\s+[a-z0-9._+\-□]+){{0,4}}\s*(?:艾特|圈\s*a|at)\s*{_ZH_DOMAIN}",
        rf"(?<![\w□])[\w□]+(?:\s*(?:점|닷|쩜|언더바)\s*[\w□]+){{0,4}}\s*(?:골뱅이|앳)\s*{_KO_DOMAIN}",
        # Street addresses: a number and the word for street. Korean "로" is a particle as well and needs more.
        rf"\b{_NUMBER_WORD}\s+(?!(?:minutes?|houses?|streets?|blocks?|doors?|times?)\b)"
        r"(?:(?!(?:the|a|down|of|on|off|this|that|your|our|busy|more|other)\b)[a-z'’\-□]+\s+){1,3}?"
        r"(?:street|road|avenue|lane|boulevard)\b",
        rf"(?:(?![在住是到我])[{_HAN}□]){{1,4}}(?:路|街|大道|巷|弄|胡同)\s*{_ZH_NUMBER}\s*[号弄]"
        rf"(?:\s*{_ZH_NUMBER}\s*(?:号楼|栋|幢|座|单元|楼|室))*",
        rf"{_ZH_NUMBER}\s*(?:号楼|栋|幢)(?:\s*{_ZH_NUMBER}\s*(?:单元|楼|层|室))+",
        rf"[{_HANGUL}□]{{1,6}}(?:로|길)\s*{_KO_NUMBER}(?:\s*번?길\s*{_KO_NUMBER})?(?:\s*번지|(?=에\s*(?:살|사는|삽|거주)))",
        rf"주소[는가]?\s*(?P<it>(?:[{_HANGUL}□]+[시도구군동읍면]\s+)*[{_HANGUL}□]+(?:로|길|동)\s*{_KO_NUMBER}"
        rf"(?:\s*번?길?\s*{_KO_NUMBER})?)(?=$|[^{_HANGUL}]|번지|에|이에요|예요|입니다|요)",
        rf"(?<![{_HANGUL}]){_KO_NUMBER}\s*동\s*{_KO_NUMBER}\s*호",
        # Dates of birth: a date beside a word for birth, or any date with its year.
        rf"\b(?:born(?:\s+(?:on|in))?|birth(?:\s+is)?|birthday(?:\s+is|'s)?(?:\s+on)?)[:,]?\s+(?P<it>{_EN_DATE})",
        rf"\b(?P<it>{_EN_DATE})\s+is\s+(?:my|his|her)\s+(?:birthday|date of birth)",
        rf"\b(?:(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}|{_MONTH}\s+(?:the\s+)?{_DAY}),?\s+"
        rf"(?:\d{{4}}\b|□{{4,}}(?:\s+□+)*|(?:nineteen|twenty)[\s\-]+(?:{_SPOKEN})\b(?:[\s\-](?:{_SPOKEN})\b)?)",
        rf"(?:生日|出生日期|出生年月|生于)[是为：:\s]*(?P<it>(?:{_ZH_YEAR})?{_ZH_DATE}|{_ZH_YEAR})",
        rf"(?P<it>(?:{_ZH_YEAR})?{_ZH_DATE}|{_ZH_YEAR})\s*(?:出生|生的|生人)",
        rf"{_ZH_YEAR}{_ZH_DATE}",
        rf"(?:생년월일|생일|출생일)[은이:]?\s*(?P<it>(?:{_KO_YEAR})?{_KO_DATE}|{_KO_YEAR})",
        rf"(?<![{_HANGUL}])(?P<it>(?:{_KO_YEAR})?{_KO_DATE}|{_KO_YEAR})\s*(?:생(?![{_HANGUL}])|생이|생입|에\s*태어났)",
        rf"(?<![{_HANGUL}]){_KO_YEAR}{_KO_DATE}",
    )
)

# ---- names --------------------------------------------------------------------------------------------------------

_INTRODUCED = re.compile(
    r"\b(?:(?:my|your|his|her|first|last|family|given|maiden|full|the)\s+(?:sur)?name(?:\s+is|'s|’s)"
    r"|(?:i'm|i’m|i am|she's|he's)\s+called|they call me|i go by(?: the name of)?)[:,]?(?=\s)",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\b(?:(?:mr|mrs|ms|mister|missus)\b\.?|(?:Miss|Dr|Prof)\b\.?)(?=\s)", re.IGNORECASE)
_SELF = re.compile(
    r"\b(?:I'm|I’m|I am|[Cc]all me|[Tt]his is)\s+"
    r"(?P<it>[A-Z][\w'’\-]+(?:\s+[A-Z][\w'’\-]+)+|(?<=is )[A-Z]\w+(?=\s+speaking))"
)
_NAME = re.compile(r"\s+((?:[^\W\d_]|□)(?:[\w'’\-]|□)*)")
_LONGEST_NAME = 5
_MIDDLE = {"van", "von", "de", "der", "den", "da", "di", "del", "la", "le", "el", "bin", "al", "ter", "dos"}
_NO_NAME = frozenset(
    re.findall(
        r"\S+",
        """
        a about account again all also an and any are as at back bank because bond but by came can card could credit
        deposit do does don't equity fee fixed for from fund funds had has have he hello here hi how i i'd i'll i'm i've
        I I'd I'll I'm I've if in insurance is it just later let let's like loan looking may me mortgage my need nice no
        not now of oh okay on or pension please premium rate right savings see she should so some spelled spelt still
        stock sure thank thanks that the there they this time to today tomorrow too travel um uh want was we well what
        when where which who why will with would yes you your
        """,
    )
)
"""What follows "my name is …" and is none, or ends one."""
_ZH_COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容|司徒|夏侯|端木"
_ZH_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪"
    "田姜范石姚谭廖邹熊陆郝孔崔康毛邱秦顾侯邵孟龙段雷钱汤尹黎武贺赖龚"
)
_ZH_NOT_FIRST = "了过你他她它您车人外不号的什啥我来去没是要想"
_ZH_NOT_LAST = _ZH_NOT_FIRST + "和在今这那请可就也还有对从买办开存借做问基债股货信贷保养定储房吗呢吧啊呀先"
_ZH_NAME = (
    rf"(?:(?:{_ZH_COMPOUND})(?:\s*[^{_ZH_NOT_LAST}\W]){{1,2}}"
    rf"|[^{_ZH_NOT_FIRST}\W](?:\s*[^{_ZH_NOT_LAST}\W]){{0,2}}|□(?:\s*□)*)"
)
_KO_SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허남심노하곽성차주우구민유나진지엄채원천방공현함변염여추도소석선"
    "설마길연위표명기반왕금옥육인맹제모탁국"
)
_KO_SURNAMES_ALONE = "김박최강윤임권황송류홍배허곽"
"""Those that are no word of their own: only these may stand apart from the given name ("이 상품인데요" is no name)."""
_KO_COMMON = (
    "정규직|공무원|고등학|고객님|한국인|이십대|유학생|전문가|전문직|주재원|안내원|상담원|오늘날|신혼부|임산부|장애인"
    "|이용자|신용자|고령자|연금보|정기예|주택담|신용카|자동차|안할|주식형|채권형|혼합형|여행자|생명보|외국인|회사원|자영업"
)
_KO_IS = r"입니다|이라고|라고|이에요|예요|이고요?|인데요?|이며|이요|요(?![가-힣])"
_KO_RANK = "과장|대리|부장|팀장|지점장|차장|주임"
_KO_FULL = (
    rf"(?!{_KO_COMMON}|.\s?(?:{_KO_RANK}))(?:[{_KO_SURNAMES}][{_HANGUL}]{{2}}"
    rf"|[{_KO_SURNAMES_ALONE}]\s[{_HANGUL}]\s?[{_HANGUL}])"
)
_NAMES: tuple[re.Pattern[str], ...] = (
    re.compile(rf"(?:名字|姓名)\s*(?:是|叫)\s*(?P<it>{_ZH_NAME})"),
    re.compile(rf"(?<![{_HAN}])我\s*叫\s*(?:做\s*)?(?P<it>{_ZH_NAME})|[好，。、]\s*我\s*叫\s*(?P<too>{_ZH_NAME})"),
    re.compile(rf"(?:我|本\s*人|鄙\s*人|免\s*贵)\s*姓\s*(?P<it>{_ZH_COMPOUND}|[{_HAN}□])"),
    re.compile(rf"(?P<it>{_ZH_COMPOUND}|[{_ZH_SURNAMES}])(?=\s*(?:先生|女士|小姐|太太|经理|主任|老师|阿姨))"),
    re.compile(
        rf"(?:이름|성함)(?:[은이는]\s*|\s*:?\s+)(?!뭐|무엇|어떻|어떤|몰|안\s|적|쓰)(?P<it>[{_HANGUL}□](?:\s?[{_HANGUL}□]){{1,3}}?)"
        rf"(?=\s*(?:{_KO_IS})|\s*$|\s*[,.])"
    ),
    re.compile(rf"(?<![{_HANGUL}])(?:성은|성이)\s*(?P<it>[{_HANGUL}□])(?=\s*(?:{_KO_IS}|씨))"),
    re.compile(
        rf"(?<![{_HANGUL}])(?:저는|전|나는|난)\s+(?P<it>[{_HANGUL}□](?:\s?[{_HANGUL}□]){{1,4}}?)(?<!다)\s*(?:이라고|라고)"
        r"\s*(?:합니다|해요|하는|하고|불러)"
    ),
    re.compile(rf"(?<![{_HANGUL}])(?:저는|전|제가)\s+(?P<it>{_KO_FULL})(?=입니다|이에요|예요|인데요|이고요)"),
    re.compile(rf"(?<![{_HANGUL}])(?P<it>{_KO_FULL})(?<![날말솜])(?=\s?(?:씨|님|고객님)(?![{_HANGUL}]|은행))"),
    re.compile(
        rf"(?<![{_HANGUL}])(?P<it>{_KO_FULL})(?<![날말솜])(?=\s?(?:씨|님)(?:은|는|이|가|께|도|을|를|의)(?![{_HANGUL}]))"
    ),
    re.compile(rf"(?<![{_HANGUL}])(?P<it>[{_KO_SURNAMES}])(?=\s(?:{_KO_RANK})|(?:{_KO_RANK})님)"),
)
_KO_AFTER_NAME = r"(?=$|[^가-힣]|[이가은는을를의에께도만와과랑씨님야아한입예]|라고|하고|으로)"
_KO_COMPOUND = ("남궁", "황보", "제갈", "독고", "선우", "사공", "서문")


def _introduced(text: str) -> Iterator[Span]:
    for cue in (_INTRODUCED, _TITLE):
        for found in cue.finditer(text):
            start = end = -1
            position, capital = found.end(), False
            for place in range(_LONGEST_NAME):
                token = _NAME.match(text, position)
                if token is None or token[1] in _NO_NAME:
                    break
                if place == 0:
                    start, capital = token.start(1), token[1][0].isupper()
                elif not _goes_on(token[1], capital, place < (1 if cue is _TITLE else 3)):
                    break
                position = end = token.end()
            if end > 0:
                yield start, end


def _goes_on(token: str, capital: bool, likely: bool) -> bool:
    """Whether a name goes on: written with capitals it ends with them; without them only its usual length tells."""
    if capital:
        return token[0].isupper() or token[0] == BLANK or token in _MIDDLE
    return likely


def _given(names: Collection[str]) -> Iterator[re.Pattern[str]]:
    """What to look for when these names are known: each whole, and its parts of two characters or more."""
    for name in names:
        parts = [part for part in re.split(r"[\s,.·・]+", name) if part]
        whole = "".join(parts)
        if len(whole) < 2:
            continue
        if re.fullmatch(rf"[{_HANGUL}]+", whole):
            yield re.compile(r"\s?".join(whole))
            given = whole[2:] if whole.startswith(_KO_COMPOUND) else whole[1:]
            if len(given) >= 2:
                yield re.compile(rf"(?<![{_HANGUL}]){given}{_KO_AFTER_NAME}")
        elif re.fullmatch(rf"[{_HAN}]+", whole):
            yield re.compile(r"\s?".join(whole))
            given = re.sub(rf"^(?:{_ZH_COMPOUND}|.)", "", whole)
            if len(given) >= 2:
                yield re.compile(r"\s?".join(given))
        else:
            chosen = [re.escape(part) for part in parts if len(part) >= 2 and part.lower() not in _MIDDLE]
            chosen.sort(key=len, reverse=True)
            if chosen:
                yield re.compile(rf"(?<![a-zà-ɏ])(?:{'|'.join(chosen)})(?![a-zà-ɏ])", re.IGNORECASE)


def _spans(text: str, given: Iterable[re.Pattern[str]]) -> Iterator[Span]:
    yield from _numbers(text)
    yield from _introduced(text)
    for pattern in (*_OTHERS, *_NAMES, _SELF):
        for found in pattern.finditer(text):
            group = next((name for name, value in found.groupdict().items() if value is not None), 0)
            yield found.span(group)
    for pattern in given:
        for found in pattern.finditer(text):
            yield found.span()


def _blanked(text: str, given: Collection[re.Pattern[str]]) -> str:
    """``text`` of the same length. Repeated until nothing more is found: what is blanked can make a cue for more."""
    while True:
        characters = list(text)
        for start, end in _spans(text, given):
            for place in range(start, end):
                if not characters[place].isspace():
                    characters[place] = BLANK
        after = "".join(characters)
        if after == text:
            return text
        text = after


def redact(utterance: Utterance, names: Collection[str] = ()) -> Utterance:
    """The utterance without personal data: same length, same words at the same places; the same object if it had none.

    ``names``: those that are known here (customer, advisor), as they are written; each is blanked whole and in parts of
    two characters or more, in any case and with any particle.
    """
    given = tuple(_given(names))
    text = _blanked(utterance.text, given)
    words = _aligned(utterance.words, utterance.text, text)
    if words is None:
        words = _by_themselves(utterance.words, given)
    if text == utterance.text and words == utterance.words:
        return utterance
    return msgspec.structs.replace(utterance, text=text, words=words)


def _aligned(words: Collection[Word], before: str, after: str) -> tuple[Word, ...] | None:
    """The words as they stand in ``after``; None where they don't stand in ``before`` one after the other."""
    aligned: list[Word] = []
    position = 0
    for word in words:
        start = before.find(word.text, position)
        if start < 0 or before[position:start].strip(" \t\n,.?!;:，。？！、；：\"'"):
            return None
        position = start + len(word.text)
        aligned.append(msgspec.structs.replace(word, text=after[start:position]))
    return tuple(aligned) if not before[position:].strip(" \t\n,.?!;:，。？！、；：\"'") or not words else None


def _by_themselves(words: Collection[Word], given: Collection[re.Pattern[str]]) -> tuple[Word, ...]:
    joined = " ".join(word.text for word in words)
    after = _blanked(joined, given)
    kept, position = [], 0
    for word in words:
        kept.append(msgspec.structs.replace(word, text=after[position : position + len(word.text)]))
        position += len(word.text) + 1
    return tuple(kept)
