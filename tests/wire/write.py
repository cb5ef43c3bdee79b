"""``python -m tests.wire.write`` writes the golden bytes of examples that have none yet; it never changes one.

A message that has been released keeps its bytes: change a type additively, or give it a new version.
``--anew`` writes all of them, for types that nobody has received yet.
"""

from __future__ import annotations

import sys
from pathlib import Path

from contracts import encode
from tests.wire.examples import EXAMPLES, GROWN_EXAMPLES

FOLDER = Path(__file__).with_name("v1")


def golden(name: str) -> Path:
    """Where the bytes of an example are kept: of a wire type, or ``type+what was added later``."""
    return FOLDER / f"{name}.json"


def main() -> None:
    """Write what is missing."""
    anew = sys.argv[1:] == ["--anew"]
    FOLDER.mkdir(exist_ok=True)
    for name, example in (EXAMPLES | GROWN_EXAMPLES).items():
        path = golden(name)
        if anew or not path.exists():
            path.write_bytes(encode(example))
            print(path.name)


if __name__ == "__main__":
    main()
