"""Why a product is not offered: the rule, what it looked at, and a line for people. Pure (W-05)."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

import msgspec

from models.names import Language


class Rule(StrEnum):
    """A rule of the funnel, in the order of application."""

    HELD = "held"
    ELIGIBILITY = "eligibility"
    SUITABILITY = "suitability"
    CONSENT = "consent"
    COOLING_OFF = "cooling_off"
    FATIGUE = "fatigue"


class Removed(msgspec.Struct, frozen=True, gc=False):
    """A product that was not ranked: the rule, the field it looked at, the customer's value, the limit."""

    code: str
    rule: Rule
    field: str
    actual: str
    limit: str

    @property
    def why(self) -> str:
        """The removal in one English line."""
        return removal_text(self, "en")


_Texts = tuple[str, str, str]

_ELIGIBILITY_TEXTS: dict[str, _Texts] = {
    "min_age": ("age {actual} is below {limit}", "年龄 {actual} 低于 {limit}", "나이 {actual}, {limit}세 미만"),
    "max_age": ("age {actual} is above {limit}", "年龄 {actual} 高于 {limit}", "나이 {actual}, {limit}세 초과"),
    "segments": ("only for {limit}", "仅限 {limit}", "{limit} 전용"),
    "requires": ("needs {limit} first", "须先持有 {limit}", "{limit} 먼저 필요"),
}
_CONSENT_TEXTS: dict[tuple[str, str], _Texts] = {
    ("marketing_consent", "no"): (
        "does not want to be offered products",
        "客户不接受营销",
        "상품 권유에 동의하지 않음",
    ),
    ("marketing_consent", "unknown"): (
        "was never asked for consent to be offered products",
        "尚未征得营销同意",
        "상품 권유 동의를 받지 않음",
    ),
}
_OPTED_OUT: _Texts = ("opted out of {limit}", "客户不接受 {limit} 类推荐", "{limit} 권유 거부")
_HELD: _Texts = ("already held", "已持有", "이미 보유")
_SUITABILITY: _Texts = (
    "risk rating {actual} is below the product's {limit}",
    "客户风险承受能力 {actual}，产品要求 {limit}",
    "투자성향 {actual}, 상품 요구 등급 {limit}",
)
_COOLING_OFF: _Texts = (
    "refused on {actual}, not before {limit}",
    "{actual} 已拒绝，{limit} 前不再推荐",
    "{actual} 거절, {limit} 이전에는 권유 안 함",
)
_FATIGUE_TEXTS: dict[str, _Texts] = {
    "fatigue_product_most": (
        "shown in {actual} talks lately, at most {limit}",
        "近期已推荐 {actual} 次，上限 {limit} 次",
        "최근 상담에서 {actual}회 안내, 최대 {limit}회",
    ),
    "fatigue_category_most": (
        "its category was shown in {actual} talks lately, at most {limit}",
        "该类产品近期已推荐 {actual} 次，上限 {limit} 次",
        "최근 상담에서 같은 종류 {actual}회 안내, 최대 {limit}회",
    ),
}


def removal_text(removed: Removed, language: Language) -> str:
    """Why a product was removed, as one short line for people."""
    text = _texts(removed)[("en", "zh", "ko").index(language)]
    return text.format(actual=removed.actual, limit=removed.limit)


def _texts(removed: Removed) -> _Texts:
    match removed.rule:
        case Rule.HELD:
            return _HELD
        case Rule.ELIGIBILITY:
            return _ELIGIBILITY_TEXTS[removed.field]
        case Rule.SUITABILITY:
            return _SUITABILITY
        case Rule.CONSENT:
            return _CONSENT_TEXTS.get((removed.field, removed.actual), _OPTED_OUT)
        case Rule.COOLING_OFF:
            return _COOLING_OFF
        case Rule.FATIGUE:
            return _FATIGUE_TEXTS[removed.field]
        case _:
            assert_never(removed.rule)
