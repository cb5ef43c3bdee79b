"""``python -m benchmarks.profiled_hub …``: the hub with every thread under cProfile; at its end one file a thread.

``USHER_PROFILE`` names the folder. cProfile makes small functions look dearer than they are: for shares of the whole
take a sampling profiler (``usher bench wrist --profile`` uses py-spy where it is installed).
"""

import atexit
import cProfile
import os
import re
import sys
import threading
from pathlib import Path
from types import FrameType

from hub.__main__ import main

_profiles: dict[str, cProfile.Profile] = {}


def _begin(_frame: FrameType, _event: str, _argument: object) -> None:
    # Called once in each new thread, at its first call: the profile takes this function's place.
    profile = _profiles[threading.current_thread().name] = cProfile.Profile()
    profile.enable()


def _dump(folder: Path) -> None:
    for thread, profile in _profiles.items():
        profile.disable()
        profile.dump_stats(folder / f"{re.sub('[^A-Za-z0-9_-]', '_', thread)}.pstats")


if __name__ == "__main__":
    atexit.register(_dump, Path(os.environ["USHER_PROFILE"]))
    threading.setprofile(_begin)
    _profiles["main"] = cProfile.Profile()
    _profiles["main"].enable()
    sys.exit(main())
