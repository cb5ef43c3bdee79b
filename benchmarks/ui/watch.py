"""The real watch for the benchmark: the composition root of ``usher watch``, and a hand that is told what to do.

It adds stamps of the flips and one listener of the journal; the agent, the store, the link, the window are the product.
"""

import asyncio
import sys
from pathlib import Path

import msgspec

from benchmarks.ui.words import Setup
from contracts.fields import DeviceKind
from device_agent.bootstrap import run_agent
from device_agent.settings import FileSettings, ModelSettings, Shape, settle
from runtime.supervision import run_until_signal


async def run(setup: Setup) -> int:
    """Until stdin ends, or it is told to stop."""
    settings = settle(
        FileSettings(
            kind=DeviceKind.WATCH,
            device=setup.device,
            broker=setup.broker,
            store=setup.store,
            keepalive_s=setup.keepalive_s,
            shape=Shape(setup.shape),
            log_level="warning",
            models=ModelSettings(fetch=False),
        ),
        None,
    )
    running = asyncio.ensure_future(run_agent(settings, show_events=False, script=None))
    while "device_agent.ui.app" not in sys.modules:
        if running.done():
            running.result()
        await asyncio.sleep(0.001)
    # Kivy reads its settings when it is imported: only after the product has made them.
    from benchmarks.ui.driver import open_watch

    watch = await open_watch(running)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await watch.do(line)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return 0


if __name__ == "__main__":
    # Before SDL would take the signals for itself.
    sys.exit(run_until_signal(lambda: run(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Setup))))
