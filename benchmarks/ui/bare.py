"""The bare limit: one Kivy window with one label; aiomqtt sets its text, and it is flipped. Nothing of Usher's runs.

Kivy's clock is set as the watch sets it (interrupt, 10 fps at rest), or a message would wait for the next tick; with
``as_it_comes`` it is left as Kivy has it.
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import aiomqtt
import msgspec

from benchmarks.ui.words import Drawn, Ready, Setup, bare_topic, encode
from runtime.supervision import run_until_signal


async def _wait_quietly(coroutine: asyncio.Future[None], timeout: float | None) -> None:
    try:
        await asyncio.wait_for(coroutine, timeout)
    except TimeoutError:
        pass  # kivy#8066


async def run(setup: Setup) -> int:
    """Until stdin ends, or it is told to stop."""
    os.environ.update(KIVY_NO_ARGS="1", KIVY_LOG_MODE="PYTHON", KIVY_METRICS_DENSITY="1")
    from kivy.config import Config

    for section, option, value in (
        ("kivy", "kivy_clock", "default" if setup.as_it_comes else "interrupt"),
        ("kivy", "log_level", "warning"),
        ("graphics", "width", setup.width),
        ("graphics", "height", setup.height),
        ("graphics", "multisamples", 0),
        ("graphics", "maxfps", 60 if setup.as_it_comes else 10),
    ):
        Config.set(section, option, value)
    from kivy.app import App
    from kivy.clock import Clock
    from kivy.uix.label import Label

    from benchmarks.ui.flips import Flips

    label = Label(text="bare", font_size=40)
    app = App()
    app.build = lambda: label
    Clock.init_async_lib("asyncio")
    if not setup.as_it_comes:
        Clock._async_wait_for = _wait_quietly
    waiting: list[Drawn] = []
    drawn_once = asyncio.Event()

    def flipped(at_ns: int) -> None:
        drawn_once.set()
        for drawn in waiting:
            _say(msgspec.structs.replace(drawn, drawn_ns=at_ns))
        waiting.clear()

    flips = Flips(flipped)
    window = asyncio.ensure_future(app.async_run(async_lib=None))
    await drawn_once.wait()
    url = urlsplit(setup.broker)

    async def listen() -> None:
        async with aiomqtt.Client(url.hostname or "127.0.0.1", url.port or 1883, identifier=setup.device) as client:
            await client.subscribe(bare_topic(setup.device), qos=1)
            _say(Ready(first_ns=flips.first_ns))
            async for message in client.messages:
                received_ns = time.monotonic_ns()
                assert isinstance(message.payload, bytes)
                label.text = message.payload.decode()
                waiting.append(Drawn(key=label.text, received_ns=received_ns, drawn_ns=0))

    listening = asyncio.ensure_future(listen())
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
    listening.cancel()
    app.stop()
    await asyncio.gather(listening, window, return_exceptions=True)
    return 0


def _say(answer: Ready | Drawn) -> None:
    sys.stdout.buffer.write(encode(answer) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    # Before SDL would take the signals for itself.
    sys.exit(run_until_signal(lambda: run(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Setup))))
