"""What a first utterance would wait for is made before (W-12)."""

from __future__ import annotations

import subprocess
import sys

IMPORTED = """
import sys

import hub.bootstrap
assert "pypinyin" not in sys.modules, "a hub needs no Chinese dictionary before an advisor speaks Chinese"

from models.catalogues import load_catalogue
from models.talk.lexicon import Lexicon
from models.talk.signals import Speaker, Utterance
from models.talk.understanding import Context, get_ready, hear

lexicon = Lexicon.of(load_catalogue("simbank"))
get_ready(lexicon, "zh")
before = set(sys.modules)
said = Utterance(index=0, text="我对基金感兴趣。", language="zh", speaker=Speaker.CUSTOMER)
_, (signal,) = hear(Context(), said, lexicon)
assert signal.kind == "interest", signal
print(*sorted(set(sys.modules) - before))
"""


def test_a_chinese_utterance_loads_nothing_when_all_is_ready() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, encoding="utf-8", timeout=180, check=False
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == ""
