"""``python -m tests.wire.write`` writes the golden bytes of message types that have none yet; it never changes one.

A message that has been released keeps its bytes: change a type additively, or give it a new version.
``--anew`` writes all of them, for types that nobody has received yet.
"""

from __future__ import annotations

import sys
from pathlib import Path

from contracts import encode
from tests.wire.examples import EXAMPLES

FOLDER = Path(__file__).with_name("v1")


def golden(wire_type: str) -> Path:
    """Where the bytes of a type are kept."""
    return FOLDER / f"{wire_type}.json"


def main() -> None:
    """Write what is missing."""
    anew = sys.argv[1:] == ["--anew"]
    FOLDER.mkdir(exist_ok=True)
    for wire_type, example in EXAMPLES.items():
        path = golden(wire_type)
        if anew or not path.exists():
            path.write_bytes(encode(example))
            print(path.name)


if __name__ == "__main__":
    main()
