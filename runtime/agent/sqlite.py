"""sqlite-utils without the data-frame libraries it would pull in wherever they happen to be installed.

It imports pandas and numpy if it can, for column types that agents don't use: 1.2 s of every start.
"""

import importlib
import sys

_UNWANTED = tuple(name for name in ("numpy", "pandas") if name not in sys.modules)

for _name in _UNWANTED:
    sys.modules[_name] = None  # type: ignore[assignment] # makes the import fail, which sqlite-utils expects
try:
    importlib.import_module("sqlite_utils")
finally:
    for _name in _UNWANTED:
        del sys.modules[_name]

from sqlite_utils import Database  # noqa: E402
from sqlite_utils.migrations import Migrations  # noqa: E402

__all__ = ["Database", "Migrations"]
