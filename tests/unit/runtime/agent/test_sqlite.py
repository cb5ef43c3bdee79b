from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]

PROGRAM = """
import sys
import runtime.agent.mailbox
print(sorted({"numpy", "pandas"} & set(sys.modules)))
import sqlite3
assert runtime.agent.mailbox.Mailbox
import importlib.util
print(importlib.util.find_spec("numpy") is not None)
"""


def test_an_agents_store_loads_no_data_frames_and_leaves_them_importable() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines() == ["[]", "True"]
