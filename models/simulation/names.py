"""Names for simulated customers in three scripts, put together from small tables of our own; nobody real is meant."""

from __future__ import annotations

import numpy as np

_EN_FIRST = ("Al", "Be", "Da", "El", "Fin", "Jo", "Ka", "Le", "Mi", "No", "Ro", "Sa", "Ti", "Vi")
_EN_END = ("ra", "na", "ric", "mon", "lie", "bert", "sa", "vin", "da", "ton")
_EN_PLACE = ("Ash", "Brook", "Cole", "Dun", "Fair", "Hart", "Kirk", "Marl", "Nor", "Pem", "Stan", "Wood")
_EN_SUFFIX = ("ley", "ton", "field", "by", "well", "ford", "wick", "man")
_ZH_SURNAME = "王李张刘陈杨赵黄周吴徐孙胡朱高林"
_ZH_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文辉玲鹏"
_KO_SURNAME = "김이박최정강조윤장임한오서신권황"
_KO_GIVEN = "민서지우현준하은도윤예진수아영태성혜경미선재호연주"


def draw_name(rng: np.random.Generator) -> str:
    """A full name in Latin, Chinese or Korean script, by the generator's next draws."""
    script = int(rng.integers(3))
    if script == 0:
        parts = (_EN_FIRST, _EN_END, _EN_PLACE, _EN_SUFFIX)
        a, b, c, d = (part[int(rng.integers(len(part)))] for part in parts)
        return f"{a}{b} {c}{d}"
    surnames, given = ((_ZH_SURNAME, _ZH_GIVEN), (_KO_SURNAME, _KO_GIVEN))[script - 1]
    syllables = [given[int(at)] for at in rng.integers(len(given), size=2)]
    return surnames[int(rng.integers(len(surnames)))] + "".join(syllables)
