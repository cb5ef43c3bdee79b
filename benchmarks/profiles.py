"""Where the hub's time goes: py-spy on the running hub, summed by function for each thread."""

import asyncio
import re
import shutil
from collections import Counter
from pathlib import Path

import click
import msgspec

from benchmarks.stand import Stand
from benchmarks.wire import Target

_SHOWN = 25
_LINE = re.compile(r":\d+\)$")
_THREAD = re.compile(r"thread \(\S+\): ")


class ThreadProfile(msgspec.Struct, frozen=True):
    """Samples of one thread: all, by the function that ran, and by every function on the stack."""

    thread: str
    samples: int
    own: Counter[str]
    within: Counter[str]


def summed(raw: str) -> list[ThreadProfile]:
    """py-spy's raw lines (``frame;frame;frame count``) summed by thread, the busiest first."""
    threads: dict[str, ThreadProfile] = {}
    totals: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        name, *frames = stack.split(";")
        thread = _THREAD.sub("", name)
        functions = [_LINE.sub(")", frame) for frame in frames]
        if not functions:
            continue
        profile = threads.setdefault(thread, ThreadProfile(thread, 0, Counter(), Counter()))
        totals[thread] += int(count)
        profile.own[functions[-1]] += int(count)
        for function in set(functions):
            profile.within[function] += int(count)
    return [msgspec.structs.replace(threads[thread], samples=samples) for thread, samples in totals.most_common()]


async def top_of_hub(stand: Stand, folder: Path, rate: float, seconds: float) -> None:
    """Load the hub once more under py-spy and print the dearest functions (CPU: samples that held the interpreter)."""
    program = shutil.which("py-spy")
    if program is None:
        click.echo("no py-spy on PATH: pip install py-spy, or run benchmarks.profiled_hub as the hub", err=True)
        return
    raw = folder / "py-spy.txt"
    sampling = await asyncio.create_subprocess_exec(
        *(program, "record", "-p", str(stand.hub_pid), "-d", str(round(seconds)), "-r", "200"),
        *("--threads", "--gil", "-f", "raw", "-o", str(raw)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await stand.load(Target.HUB, rate, seconds)
    await sampling.wait()
    if not raw.exists():
        click.echo("py-spy recorded nothing: may this user trace the hub's process?", err=True)
        return
    profiles = summed(raw.read_text("utf-8"))
    whole = sum(profile.samples for profile in profiles)
    for profile in profiles[:2]:
        click.echo(f"\n{profile.thread}: {profile.samples / whole:.0%} of the hub's samples", err=True)
        for title, counts in (("itself", profile.own), ("with what it calls", profile.within)):
            click.echo(f"  {title}:", err=True)
            for function, count in counts.most_common(_SHOWN):
                click.echo(f"  {count / profile.samples:7.1%}  {function}", err=True)
