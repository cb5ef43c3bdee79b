"""The texts that a spec leaves to Usher: names of windows, of values, of the default business. Pure."""

from __future__ import annotations

from models.columns import EventWindow
from models.names import Names
from models.spec.spec import Label, LabelText

OTHER = Names(en="other", zh="其他", ko="기타")
ADVICE = Names(en="Advice", zh="咨询", ko="상담")
PRODUCTS = Names(en="Products", zh="产品", ko="상품")

_MEASURES = {
    "count": Names(en="how often", zh="次数", ko="횟수"),
    "sum": Names(en="total", zh="合计", ko="합계"),
    "mean": Names(en="average", zh="平均", ko="평균"),
    "max": Names(en="largest", zh="最大", ko="최대"),
    "distinct": Names(en="kinds", zh="种类数", ko="종류 수"),
    "days_since": Names(en="days since the latest", zh="距最近一次天数", ko="최근 이후 일수"),
}
_MOST = 80


def names_of(label: LabelText | None, otherwise: str) -> Names:
    """The names that a label gives; a language that it leaves out has its English text, else any, else `otherwise`."""
    match label:
        case None:
            return one_name(otherwise)
        case str():
            return one_name(label)
        case Label(en=en, zh=zh, ko=ko):
            fallback = en or zh or ko or otherwise
            return Names(en=en or fallback, zh=zh or fallback, ko=ko or fallback)


def one_name(text: str) -> Names:
    """One text, cut to its longest length, as the name in every language."""
    text = text[:_MOST] or "?"
    return Names(en=text, zh=text, ko=text)


def window_names(window: EventWindow, log: Names) -> Names:
    """What a window of a log's events is called."""
    measure = _MEASURES[window.measure]
    kinds = ", ".join(window.kinds[:3]) + (", …" if len(window.kinds) > 3 else "")
    days = window.days
    kind = f" {kinds}" if kinds else ""
    return Names(
        en=_cut(f"{log.en}{kind}", f": {measure.en}" + (f", last {days:g} days" if days else "")),
        zh=_cut(f"{log.zh}{kind}", (f"：近 {days:g} 天" if days else "：") + measure.zh),
        ko=_cut(f"{log.ko}{kind}", (f": 최근 {days:g}일 " if days else ": ") + measure.ko),
    )


def _cut(subject: str, rest: str) -> str:
    room = _MOST - len(rest)
    return (subject if len(subject) <= room else f"{subject[: room - 1]}…") + rest
