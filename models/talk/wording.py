"""Why a product moved in a talk, and what the customer said of it, in words for a wrist. Pure (W-12)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from models.names import Names
from models.talk.plan import Said

LONGEST = 200

_TEXTS: Mapping[str, Names] = MappingProxyType(
    {
        "interest": Names("Interested", "感兴趣", "관심 있음"),
        "refusal": Names("Refused", "已拒绝", "거절"),
        "hesitation": Names("Hesitates", "还在犹豫", "망설임"),
        "price": Names("Finds it dear", "嫌价格高", "비싸다고 함"),
        "need": Names("Needed", "有需要", "필요"),
        "comparison": Names("Compares it", "在比较", "비교 중"),
        "held": Names("Has it already", "已持有", "이미 보유"),
        "none": Names("Taken back", "已撤销", "표시 취소"),
        "wide_interest": Names("Wants: {name}", "想要{name}", "{name} 관심"),
        "wide_refusal": Names("No {name}", "不要{name}", "{name} 거절"),
        "wide_hesitation": Names("Unsure: {name}", "对{name}犹豫", "{name} 망설임"),
        "wide_price": Names("{name}: too dear", "嫌{name}贵", "{name} 비쌈"),
        "wide_need": Names("Need: {name}", "需要：{name}", "필요: {name}"),
        "wide_comparison": Names("Compares {name}", "在比较{name}", "{name} 비교 중"),
        "wide_held": Names("Has {name}", "已有{name}", "{name} 보유"),
        "wide_none": Names("Taken back", "已撤销", "표시 취소"),
        "kindred": Names("Like {name}", "与“{name}”同类", "{name}와(과) 같은 종류"),
        "other_interest": Names("{name} wanted more", "更想要“{name}”", "{name} 선호"),
        "other_refusal": Names("{name} refused", "“{name}”被拒绝", "{name} 거절"),
        "other_hesitation": Names("Unsure of {name}", "对“{name}”犹豫", "{name} 망설임"),
        "other_price": Names("{name} too dear", "嫌“{name}”贵", "{name} 비쌈"),
        "other_need": Names("Need: {name}", "需要：{name}", "필요: {name}"),
        "other_comparison": Names("Compares {name}", "在比较“{name}”", "{name} 비교 중"),
        "other_held": Names("Has {name}", "已有“{name}”", "{name} 보유"),
        "other_none": Names("{name}: taken back", "“{name}”标记已撤销", "{name} 표시 취소"),
    }
)

CODES = frozenset(_TEXTS)
"""Every code that there are words for."""


def words(said: Said, name: str, language: str) -> str:
    """The words for why, with the subject's ``name`` in the same language, at most 200 characters."""
    text = _TEXTS[said.code]
    chosen = {"en": text.en, "zh": text.zh, "ko": text.ko}[language]
    return chosen.format(name=name)[:LONGEST]
