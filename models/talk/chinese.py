"""How Chinese speech tells of needs: which of several are meant, and what really denies one. Pure."""

from __future__ import annotations

import re

from models.talk.scope import Scene

Found = tuple[str, int, int]
"""A need found in the plain line: its code, start, end."""

_HIGHER = re.compile("申|校|offer|大学|大[一二三四]|硕|博|本科|研|留学|出国|高考|录取|语言|交换")
_AWAY = re.compile("出国|留学|国外|海外")
_IN_CASE = re.compile("万一|怕|要是|如果|假如|哪天|随时|中途|半路|提前|以后|将来")
_NO_AFTER_ALL = re.compile("(?:干脆|索性|不如|要不|得了|直接)[^,.?!;]*算了")
_OWN_CHILD = re.compile("(?<![侄外])(?:我|我们)?(?:家)?(?:儿子|女儿|闺女|孩子|娃|丫头|小子|老[大二三]|姑娘|孙子|孙女)")
_STRANGER = re.compile("邻居|同事|朋友|同学|人家|别人|亲戚|侄|外甥|表[哥弟姐妹]|老板|楼上|楼下|对门|[张王李赵刘陈]")
_STATES = frozenset({"retirement", "family_protection", "cash", "growth", "child", "study"})
"""Needs that a no after them leaves as they are: what is denied then is something else."""


def settled(needs: list[Found], text: str) -> list[Found]:
    """The needs that are meant: none within the words of a longer one, no journey of one who goes to study, and
    school is the child's need."""
    codes = {code for code, _, _ in needs}
    away = any(code == "child" and _AWAY.search(text[start:end]) for code, start, end in needs)
    return [
        (code, start, end)
        for code, start, end in needs
        if not (
            any(s <= start and end <= e and e - s > end - start for _, s, e in needs)
            or (code == "travel" and "study" in codes)
            or (code == "child" and "study" in codes and _AWAY.search(text[start:end]))
            or (code == "study" and not away and "child" in codes and not _HIGHER.search(text[start:end]))
            or (code == "cash" and _IN_CASE.search(text[_clause_start(text, start) : start]))
        )
    ]


def _clause_start(text: str, at: int) -> int:
    return max(text.rfind(mark, 0, at) for mark in ",.?!;") + 1


def denied(scene: Scene, code: str, said: tuple[int, int]) -> bool:
    """Whether the need ``code``, told at ``said`` of what was said, is none: denied, long past or somebody else's."""
    text = scene.line.text
    start, end = scene.at(said[0]), scene.at(said[1])
    place = max(start, end - 1)
    left, right = scene.clause(place)
    noes = [hit for hit in scene.frames if hit.cue.says == "deny" and left <= hit.start < right]
    if code != "safety" and any(_really_denies(text, (no.start, no.end), code, (start, end)) for no in noes):
        return True
    if _long_past(text, code, start, end):
        return True
    if scene.framed("help", (0, len(text))) or (code == "study" and _own_child(text, end)):
        return False
    if code == "home" and _HOME_IS.match(text, start):
        return False
    if code in _KIN_COUNT:
        heard = code == "safety" and _SAYS.search(text[:start]) is not None
        return _another(scene, place) and (heard or _STRANGER.search(text[: end + 1]) is not None)
    return _another(scene, place) or _of_somebody_else(text, code, start, end)


def _another(scene: Scene, place: int) -> bool:
    """Whether another person's words or a mere case surround the place; "with my parents" is the speaker's own."""
    text = scene.line.text
    left, right = scene.sentence(place)
    if scene.framed("agree", (place, right)):
        return False
    state = False
    others = [hit for hit in scene.frames if hit.cue.says in ("other", "if")]
    for hit in scene.frames:
        if not left <= hit.start <= place:
            continue
        if hit.cue.says in ("other", "if"):
            state = state or not (scene.served(hit) or _OBJECT.search(text[left : hit.start]))
        elif hit.cue.says == "me" and not any(one.start <= hit.start < one.end for one in others):
            state = False
    return state


def _really_denies(text: str, no: tuple[int, int], code: str, span: tuple[int, int]) -> bool:
    """Whether the no at ``no`` denies the need at ``span``: no part of it, no question of the kind 有没有, no "just do
    it", and not after a state of things."""
    start, end = no
    if span[0] <= start < span[1]:
        return False
    if start > 0 and text[start - 1 : start] == text[start + 1 : start + 2]:
        return False
    if text[start:end] == "算了" and _NO_AFTER_ALL.search(text[_clause_start(text, start) : end]):
        return False
    return code not in _STATES or start < span[0]


_PERSON = re.compile(
    "(?:我|我们|他|她|你)?(?:的|家|家里|那|那个|一个|有个|一)?"
    "(?:(?:大|二|三|四|五|小|老|亲)?(?:舅|姑|姨|叔|伯|婶|嫂|姐|哥|弟|妹)(?:父|妈|丈|夫|母|子|们|哥|姐|弟|妹|舅|姑|叔|嫂)?"
    "|(?:表|堂)(?:哥|姐|弟|妹|叔|姑|兄)|(?:岳|公公|婆婆|丈母娘|老丈人|亲家|妯娌|连襟|外甥女?|侄子|侄女|侄儿)(?:父|母)?"
    "|同事|朋友|同学|邻居|室友|闺蜜|老板|领导|战友|发小|老乡|亲戚|人家|别人|有人|隔壁|对门|街坊|师傅|工友|客户|老师"
    "|老公|老婆|媳妇|先生|太太|爱人|丈夫|妻子|老伴儿?|对象|男朋友|女朋友|爸妈|父母|爷爷|奶奶|外公|外婆|姥姥|姥爷"
    "|爸爸?|妈妈?|儿媳妇?|女婿|儿子|女儿|闺女|孙子|孙女|他们?|她们?)(?:们|家|那边|俩)?(?!的|[^,.]{0,4}借遍)"
)
"""Who isn't the speaker, with what goes before; not "my mother's money"."""

_SELF = re.compile("(?:我|我们|本人|自己|咱们)(?=[^的家]|$)")
_OBJECT = re.compile("[给跟和带为帮替陪让找送像对向同与]$")
_JOINS_IN = re.compile("(?<![让叫给替帮跟找])(?:我们|我(?=得|要|想|也|正|出|一起|跟着|打算|准备|该|陪|来出))")
_AT_ITS_HEAD = 3
_US = re.compile("我们(?![的家])")
_PAST = re.compile("当年|那年|那会儿|那时|从前|早年|小时候|年轻时|年轻的时候|上学时|以前|前年|去年|早就|早已|毕业")
_KIN_COUNT = frozenset({"child", "family_protection", "safety"})
_NOT_YET = re.compile("(?:还|都|也|可)?(?:早着|还早|太早|早得很|远着|还远|没影|没谱|不急)")
_RIGHT_BEFORE = re.compile(
    "(?<!得)(?<!无)(?:不|没有?|别|未)(?![是光仅只如管得])(?:再|想|要|去|打算|准备|组织|安排|考虑|能|会|敢|急着|兴)*$"
)
_GIVEN_UP = re.compile(
    "[^,.?!;]{0,4}(?:,|太难|[^,.?!;]{0,4},)[^,.?!;]{0,3}没(?:那|这)?个?(?:胆|本事|能力|本钱|想法|打算|意思)"
)
_BACK = re.compile("[^,.?!;]{0,2}(?:回来|完了?(?=$|[,.]))")
_HOME_IS = re.compile("催|房子|没房|家里|屋|地方|住|没个?地方|挤|窝|租|小两口")
_SAYS = re.compile("说|讲|觉得|认为|劝")
_THEN = re.compile("(?:的)?(?:那会儿?|那年|那时|那阵|时候|时(?!间|常|不时))")
_LASTING = frozenset({"safety", "cash", "growth", "family_protection"})


def _long_past(text: str, code: str, start: int, end: int) -> bool:
    """Whether the need is long past, or so far off that it is none."""
    if _NOT_YET.match(text, end) or _GIVEN_UP.match(text, end) or (code == "travel" and _BACK.match(text, end)):
        return True
    if code in ("home", "car", "study") and _THEN.match(text, end):
        return True
    if code not in _LASTING and _RIGHT_BEFORE.search(text[:start]):
        return True
    return code not in _LASTING and _PAST.search(text[_clause_start(text, start) : end]) is not None


def _of_somebody_else(text: str, code: str, start: int, end: int) -> bool:
    """Whether the last person that is spoken of as the one who acts, up to the need, isn't the speaker."""
    if code in _KIN_COUNT:
        return False
    left = max(text.rfind(mark, 0, start) for mark in ".?!;") + 1
    others = [
        one
        for one in _PERSON.finditer(text, left, end)
        if one.start() < start + _AT_ITS_HEAD
        and not _OBJECT.search(text[left : one.start()])
        and not _US.match(one.group())
    ]
    if not others:
        return False
    last = others[-1]
    selves = [
        one
        for one in _SELF.finditer(text, left, end)
        if one.start() >= last.end() and not _OBJECT.search(text[left : one.start()])
    ]
    if selves or (code == "study" and _own_child(text, end)):
        return False
    stop = min((at for at in (text.find(mark, end) for mark in ".?!;") if at >= 0), default=len(text))
    return _JOINS_IN.search(text, end, stop) is None


def _own_child(text: str, end: int) -> bool:
    """Whether what the sentence says up to ``end`` is of the speaker's child: who studies is paid for."""
    said = text[max(text.rfind(mark, 0, end) for mark in ".?!;") + 1 : end]
    return _OWN_CHILD.search(said) is not None and _STRANGER.search(said) is None


def only_echoed(scene: Scene, place: int) -> bool:
    """Whether the name at ``place`` is all its question says, with more to come: 贷款？… is no wish to know."""
    left, right = scene.sentence(place)
    rest = scene.line.text[left:right].strip(",.?!;")
    return len(rest) <= _ECHO and right < len(scene.line.text)


_ECHO = 1
