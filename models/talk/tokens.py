"""An utterance as the rules read it: plain lower-case text in which every character knows where it came from. Pure.

English becomes words with one blank between them, contractions written out; Chinese and Korean lose their blanks, for
recognisers set those as they like. Fillers and stuttered words are left out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from models.names import Language

MARK = "◇"
"""Stands for something named, once it is found."""

_EN_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,.?!;:…]|[-–—]{1,3}(?=\s)")
_EN_FILLERS = frozenset(
    {
        "um",
        "uh",
        "er",
        "erm",
        "uhm",
        "hm",
        "hmm",
        "mm",
        "ah",
        "eh",
        "huh",
        "mhm",
        "umm",
        "uhh",
        "mmm",
        "hmmm",
        "ehm",
        "uhhuh",
        "mmhm",
    }
)
_EN_WHOLE = {
    "cannot": ("can", "not"), "can't": ("can", "not"), "won't": ("will", "not"), "shan't": ("shall", "not"),
    "ain't": ("is", "not"), "let's": ("let", "us"), "dont": ("do", "not"), "doesnt": ("does", "not"),
    "didnt": ("did", "not"), "wont": ("will", "not"), "cant": ("can", "not"), "isnt": ("is", "not"),
    "wouldnt": ("would", "not"), "im": ("i", "am"), "ive": ("i", "have"), "gonna": ("going", "to"),
    "wanna": ("want", "to"), "gotta": ("got", "to"), "thats": ("that", "is"), "arent": ("are", "not"), "its": ("its",),
    "lets": ("let", "us"), "dunno": ("do", "not", "know"), "nah": ("no",), "nope": ("no",), "yep": ("yes",),
    "yeah": ("yes",), "yup": ("yes",), "ok": ("okay",), "havent": ("have", "not"), "kinda": ("kind", "of"),
    "whats": ("what", "is"), "hows": ("how", "is"), "theres": ("there", "is"), "wheres": ("where", "is"),
    "youre": ("you", "are"), "theyre": ("they", "are"), "weve": ("we", "have"), "youve": ("you", "have"),
    "couldnt": ("could", "not"), "shouldnt": ("should", "not"), "hasnt": ("has", "not"), "wasnt": ("was", "not"),
    "werent": ("were", "not"), "hadnt": ("had", "not"), "aint": ("is", "not"), "shes": ("she", "is"),
    "hes": ("he", "is"), "itll": ("it", "will"), "thatll": ("that", "will"), "youd": ("you", "would"),
    "whos": ("who", "is"), "lemme": ("let", "me"), "gimme": ("give", "me"), "yea": ("yes",), "okey": ("okay",),
    "u": ("you",), "ur": ("your",), "pls": ("please",), "plz": ("please",), "thx": ("thanks",),
    "needn't": ("need", "not"), "neednt": ("need", "not"), "aye": ("yes",), "ya": ("yes",),
}  # fmt: skip
_EN_ENDINGS = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}
_EN_I = {
    "ill": ("will", frozenset({"is", "am", "are", "was", "be", "been", "being", "fall", "fell", "get", "got", "very",
                               "too", "so", "seriously", "really", "feel", "not", "or"})),
    "id": ("would", frozenset({"my", "your", "the", "an", "photo", "valid", "no", "his", "her", "with", "and", "or"})),
}  # fmt: skip
"""Words that a recogniser, or a hurried writer, also makes of "I'll" and "I'd"; not right after the words given."""

_EN_PREDICATE = re.compile(
    r" (?:too|very|not|so|a|an|the|really|just|fine|good|great|tight|quite|rather|okay|interesting|risky|expensive"
    r"|out|what|exactly|pretty|way|far|always|already|never|still|no|nice|perfect|better|short|something|tempting"
    r"|for me|all|off|at|on|going|getting|having|buying|after|looking|thinking|taking|doing|moving|dead|mad|keen"
    r"|expecting|pregnant|engaged|married|retired|working|living|studying|saving|selling|thrilled|delighted|happy)\b",
    re.IGNORECASE,
)
"""What follows a noun and "'s" where that is a verb: "the fee's too high"."""

_EN_IS = frozenset(
    {
        "it",
        "that",
        "what",
        "he",
        "she",
        "there",
        "who",
        "here",
        "how",
        "this",
        "where",
        "everything",
        "neither",
        "mine",
        "yours",
        "whichever",
    }
)
_STOPS = {"，": ",", "。": ".", "？": "?", "！": "!", "；": ";", "：": ":", "、": "、", "…": ".", "~": "", "～": ""}
_PUNCTUATION = frozenset(",.?!;:、")
_ZH_SPOKEN = (
    (re.compile("[啦咯喽]"), "了"),
    (re.compile("俺|咱(?!们)"), "我"),
    (re.compile("咱们(?!行|银行|家|这)"), "我们"),
    (re.compile("呗"), "吧"),
    (re.compile("甭"), "别"),
    (re.compile("呐"), "呢"),
    (re.compile("咋(?!舌|呼)"), "怎么"),
    (re.compile("啥"), "什么"),
    (re.compile("今儿个?"), "今天"),
    (re.compile("明儿个?(?!子)"), "明天"),
    (re.compile("昨儿个?"), "昨天"),
    (re.compile("[瞅瞧]"), "看"),
)
"""How people say what is written otherwise: one character each way, or one that becomes two."""

_ZH_FILLERS = re.compile(
    r"[嗯呃唔诶哎唉欸]+|(?<!干)嘛|要不(?=给|就|办|开|来|我|放)|(?:^|(?<=[,.?!我]))[啊哦噢]|(?<=[我就是想不的])那个那?个?(?=[想不要对买也觉看办])|就是说,?|"
    r"(?<=我)这个(?=[想不要对])|怎么说呢,?"
)
_KO_FILLERS = frozenset(
    {"어", "음", "저기", "뭐", "에", "아", "응", "흠", "저기요", "뭐랄까", "그러니까", "그니까", "막", "어어", "음음"}
)


@dataclass(frozen=True, slots=True)
class Line:
    """Plain text; ``starts[i]`` and ``ends[i]`` say where its character i lies in what was said (end exclusive)."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters from ``start`` up to ``end`` lie in what was said."""
        if not self.text or start >= end:
            at = self.starts[start] if start < len(self.starts) else (self.ends[-1] if self.ends else 0)
            return at, at
        return min(self.starts[start:end]), max(self.ends[start:end])


def read(text: str, language: Language) -> Line:
    """The plain line of ``text``."""
    match language:
        case "en":
            return _english(text)
        case "zh":
            return _chinese(text)
        case "ko":
            return _korean(text)


def _english(text: str) -> Line:
    words: list[tuple[str, int, int]] = []
    for match in _EN_TOKEN.finditer(text):
        plain = match.group().lower().replace("’", "'")
        if plain in _EN_FILLERS:
            continue
        if plain[0] in "-–—…":
            plain = ","
        if plain == "," and not words:  # what a filler left behind
            continue
        parts = _written_out(plain)
        if parts[1:] == ("'s",) and _EN_PREDICATE.match(text, match.end()):
            parts = (parts[0], "is")
        elif parts == ("its",) and _EN_PREDICATE.match(text, match.end()):
            parts = ("it", "is")
        if plain in _EN_I and (words[-1][0] if words else "") not in _EN_I[plain][1]:
            parts = ("i", _EN_I[plain][0])
        if _stuttered(words, parts):
            continue
        words.extend((part, match.start(), match.end()) for part in parts)
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for word, start, end in words:
        if chars:
            chars.append(" ")
            starts.append(start)
            ends.append(start)
        chars.extend(word)
        starts.extend([start] * len(word))
        ends.extend([end] * len(word))
    return Line("".join(chars), tuple(starts), tuple(ends))


def _stuttered(words: list[tuple[str, int, int]], parts: tuple[str, ...]) -> bool:
    count = len(parts)
    if parts[0] in ("no", "had", "that", ",") or len(words) < count:
        return False
    return tuple(word for word, _, _ in words[-count:]) == parts


def _written_out(word: str) -> tuple[str, ...]:
    if word in _EN_WHOLE:
        return _EN_WHOLE[word]
    if word.endswith("n't"):
        return (word[:-3], "not")
    head, quote, tail = word.rpartition("'")
    if not quote:
        return (word,)
    if tail in _EN_ENDINGS:
        return (head, _EN_ENDINGS[tail])
    if tail == "s":
        return (head, "is") if head in _EN_IS else (head, "'s")
    return (word.replace("'", ""),)


def _characters(text: str) -> tuple[str, list[int], list[int]]:
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for index, raw in enumerate(text):
        if raw.isspace():
            continue
        plain = _STOPS.get(raw)
        if plain is None:
            plain = unicodedata.normalize("NFKC", raw).lower()
        for char in plain:
            if char.isalnum() or char in _PUNCTUATION:
                chars.append(char)
                starts.append(index)
                ends.append(index + 1)
    return "".join(chars), starts, ends


def _kept(line: Line, holes: list[tuple[int, int]]) -> Line:
    keep = [i for i in range(len(line.text)) if not any(start <= i < end for start, end in holes)]
    return Line(
        "".join(line.text[i] for i in keep), tuple(line.starts[i] for i in keep), tuple(line.ends[i] for i in keep)
    )


def _as_written(line: Line) -> Line:
    """The line with words of the street as the rules spell them."""
    for pattern, written in _ZH_SPOKEN:
        chars: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for match in pattern.finditer(line.text):
            left, right = match.span()
            chars.extend((line.text[at:left], written))
            starts.extend((*line.starts[at:left], *([line.starts[left]] * len(written))))
            ends.extend((*line.ends[at:left], *([line.ends[right - 1]] * len(written))))
            at = right
        if at:
            line = Line("".join(chars) + line.text[at:], (*starts, *line.starts[at:]), (*ends, *line.ends[at:]))
    return line


def _chinese(text: str) -> Line:
    plain, starts, ends = _characters(text)
    line = _as_written(Line(plain, tuple(starts), tuple(ends)))
    plain = line.text
    holes = [match.span() for match in _ZH_FILLERS.finditer(plain)]
    holes.extend(match.span() for match in re.finditer(r"也好(?=,[^,.]{1,10}也好)", plain))
    holes.extend(
        (m.start(1), m.end(1)) for m in re.finditer(r"([一-鿿]{2,3})(?=\1)", plain) if m.group(1) not in _TWICE
    )
    holes.extend(m.span() for m in re.finditer(r"([我要不的那这])(?=\1)|(想)(?=想[要买办开了])", plain))
    line = _kept(line, holes) if holes else line
    lead = len(line.text) - len(line.text.lstrip(",.、"))  # what a filler left behind
    return _kept(line, [(0, lead)]) if lead else line


_TWICE = frozenset(
    {"考虑", "不要", "研究", "了解", "商量", "不用", "看看", "谢谢", "比较", "打听", "介绍", "讨论", "观望", "琢磨"}
    | {"掂量", "斟酌", "合计", "咨询"}
)


def _korean(text: str) -> Line:
    normal = unicodedata.normalize("NFC", text)
    if len(normal) != len(text):
        normal = text
    blank = list(normal)
    before = ""
    for match in re.finditer(r"[^\s,.?!…]+", normal):
        word = match.group()
        filler = word in _KO_FILLERS and not (
            word == "뭐" and normal[match.end() :].startswith((" 하", " 해", " 합", " 있"))
        )
        if filler or (word == before and len(word) > 1 and word != "아니"):
            blank[match.start() : match.end()] = " " * len(word)
        before = word
    plain, starts, ends = _characters("".join(blank))
    return Line(plain, tuple(starts), tuple(ends))
