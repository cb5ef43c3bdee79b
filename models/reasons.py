"""Why a product stands where it stands: exact shares of its score, and their texts. Pure (W-05)."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from models.catalogue import Catalogue, ChoiceColumn, Language


class ReasonCode(StrEnum):
    """What speaks for a product. HOLDS/LACKS: another product; HIGH/LOW: a number against the average customer;
    IS: a choice; UNKNOWN: the bank doesn't know; COMMON: the product is wanted often by customers in general."""

    HOLDS = "holds"
    LACKS = "lacks"
    HIGH = "high"
    LOW = "low"
    IS = "is"
    UNKNOWN = "unknown"
    COMMON = "common"


class Reason(msgspec.Struct, frozen=True):
    """One reason: `subject` is a product or profile column code, `value` that customer's value in its own unit.

    `contribution` is this reason's exact share of the product's log-odds score against the average training customer
    (positive: it speaks for the product). The shares of all features and the base sum to the model's score.
    """

    code: ReasonCode
    subject: str
    value: float
    contribution: float


_TEXTS: dict[ReasonCode, tuple[str, str, str]] = {
    ReasonCode.HOLDS: ("Has {name}", "已持有{name}", "{name} 보유"),
    ReasonCode.LACKS: ("Does not have {name}", "未持有{name}", "{name} 미보유"),
    ReasonCode.HIGH: ("{name}: {value}, above average", "{name}：{value}，高于平均", "{name}: {value}, 평균 이상"),
    ReasonCode.LOW: ("{name}: {value}, below average", "{name}：{value}，低于平均", "{name}: {value}, 평균 이하"),
    ReasonCode.IS: ("{name}: {value}", "{name}：{value}", "{name}: {value}"),
    ReasonCode.UNKNOWN: ("{name}: not known", "{name}：未知", "{name}: 알 수 없음"),
    ReasonCode.COMMON: ("Often chosen by customers", "客户常选", "많은 고객이 선택"),
}


def reason_text(catalogue: Catalogue, reason: Reason, language: Language) -> str:
    """The reason as one short line for people; `CatalogueError` for a subject that the catalogue lacks."""
    template = _TEXTS[reason.code][("en", "zh", "ko").index(language)]
    value = f"{reason.value:g}"
    name = ""
    match reason.code:
        case ReasonCode.COMMON:
            pass
        case ReasonCode.HOLDS | ReasonCode.LACKS:
            name = catalogue.product_named(reason.subject).names.get(language)
        case ReasonCode.HIGH | ReasonCode.LOW | ReasonCode.IS | ReasonCode.UNKNOWN:
            column = catalogue.column_named(reason.subject)
            name = column.names.get(language)
            if isinstance(column, ChoiceColumn):
                value = next((c.names.get(language) for c in column.choices if c.value == reason.value), value)
    return template.format(name=name, value=value)
