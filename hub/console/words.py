"""What pages say in one language: texts, waits, times of the branch; and which language a browser wants."""

import math
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.fields import Language
from hub.console.texts import load_texts
from hub.lobby import Alert, Call, Failing, Wait
from runtime.texts import Texts

COARSE_FROM = 30
"""Waits beyond so many minutes are told in steps of five: nobody knows them better."""


_FAILURES = frozenset(
    {
        ("printer", "near_end"),
        ("printer", "paper_out"),
        ("printer", "cover_open"),
        ("printer", "cutter"),
        ("printer", "offline"),
        ("printer", "unreachable"),
        ("printer", "silent"),
        ("printer", "stuck"),
        ("printer", "cut_off"),
        ("printer", "unconfirmed"),
        ("printer", "fault"),
        ("reader", "absent"),
        ("reader", "fault"),
        ("camera", "absent"),
        ("camera", "fault"),
        ("disk", "nearly_full"),
        ("disk", "full"),
        ("disk", "fault"),
        ("screen", "restarted"),
        ("delivery", "stuck"),
        ("numbers", "used_up"),
        ("link", "silent"),
    }
)
"""What can fail at a kiosk, as far as there are words for it."""


class Words:
    """All that a page says in a language."""

    def __init__(self, language: Language, texts: Texts) -> None:
        self.language = language
        self._texts = texts

    @property
    def tag(self) -> str:
        """The language as HTML wants it (BCP 47)."""
        return language_tag(self.language)

    def say(self, name: str, /, **values: str | int) -> str:
        """The message with its variables; raises ``TextsError`` for one that isn't there."""
        return self._texts.text(name, values)

    def minutes(self, seconds: float) -> str:
        """Whole minutes that have passed."""
        return self.say("minutes", count=int(seconds // 60))

    def wait(self, wait: Wait | None) -> str:
        """An estimate as a range of minutes, wider and never narrower than it was meant."""
        if wait is None:
            return self.say("wait-unknown")
        high = _up(wait.high_s)
        low = min(_down(wait.low_s), high)
        if high <= 1:
            return self.say("wait-now")
        if low == 0:
            return self.say("wait-under", high=high)
        return self.say("wait-about", high=high) if low == high else self.say("wait-range", low=low, high=high)

    def clock(self, moment: datetime, time_zone: str) -> str:
        """Hours and minutes as the branch's clock shows them."""
        return moment.astimezone(ZoneInfo(time_zone)).strftime("%H:%M")

    def spoken(self, call: Call) -> str:
        """A call as it is read aloud: the number one character after the other."""
        return self.say("spoken-call", number=" ".join(call.number), counter=call.counter)

    def alert(self, alert: Alert, classes: Mapping[str, Mapping[str, str]]) -> str:
        """What the manager should look at."""
        subject = classes.get(alert.subject, {}).get(self.language.value, alert.subject)
        name = f"alert-{alert.kind.value.replace('_', '-')}"
        return self.say(name, subject=subject, amount=int(alert.amount))

    def failure(self, failing: Failing) -> str:
        """What has failed at a kiosk."""
        name = _failure_name(failing)
        if name is None:
            return self.say("failing-other", part=failing.part, condition=failing.condition.replace("_", " "))
        return self.say(name)

    def remedy(self, failing: Failing) -> str:
        """What to do about it."""
        return self.say(f"{_failure_name(failing) or 'failing-other'}-do")

    def since(self, moment: datetime, now: datetime, time_zone: str) -> str:
        """A moment that has passed as the branch's clock shows it, with the date where it isn't today's."""
        zone = ZoneInfo(time_zone)
        local = moment.astimezone(zone)
        return local.strftime("%H:%M" if local.date() == now.astimezone(zone).date() else "%Y-%m-%d %H:%M")


def _failure_name(failing: Failing) -> str | None:
    known = (failing.part, failing.condition) in _FAILURES
    return f"failing-{failing.part}-{failing.condition}" if known else None


def load_words() -> Mapping[Language, Words]:
    """The words of every language."""
    return {language: Words(language, load_texts(language)) for language in Language}


def language_tag(language: Language) -> str:
    """A language as browsers and voices name it (BCP 47): Chinese is written in simplified characters."""
    return "zh-Hans" if language is Language.ZH else language.value


def chosen(asked: str | None, accepted: str, otherwise: Language = Language.EN) -> Language:
    """The language of a page: the one asked for by name, else the first accepted one that there is (RFC 9110, 12.5.4).

    ``accepted``: the header Accept-Language.
    """
    known = {language.value: language for language in Language}
    if asked in known:
        return known[asked]
    ranked = sorted(
        ((-_weight(part), order, part) for order, part in enumerate(accepted.split(",")) if _weight(part) > 0),
        key=lambda entry: entry[:2],
    )
    for _, _, part in ranked:
        language = known.get(part.partition(";")[0].strip().lower().partition("-")[0])
        if language is not None:
            return language
    return otherwise


def _weight(part: str) -> float:
    _, _, parameter = part.partition(";")
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0


def _down(seconds: float) -> int:
    minutes = math.floor(seconds / 60)
    return minutes if minutes <= COARSE_FROM else 5 * (minutes // 5)


def _up(seconds: float) -> int:
    minutes = math.ceil(seconds / 60)
    return minutes if minutes <= COARSE_FROM else 5 * math.ceil(minutes / 5)
