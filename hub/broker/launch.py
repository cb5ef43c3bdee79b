"""Run as a script: become the given program, which then gets SIGTERM as soon as the process that started it is gone.

A program of its own, as code between fork and exec of a threaded process is not safe. Arguments: the starter's process
id, then the command with its full path.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Tie this process to its starter and become the command; returns only where the starter is gone already."""
    starter, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != starter:
        return 1
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
