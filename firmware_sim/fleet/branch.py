"""One branch as processes: hub with its broker, a kiosk, three wearables; with windows where a layout says where."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from contracts.fields import Language
from firmware_sim.errors import DemoError
from firmware_sim.fleet.house import AgentProcess, House, HubReady
from firmware_sim.fleet.people import Bank
from firmware_sim.fleet.screen import Layout
from runtime.bus.address import parse_address
from runtime.errors import BusError

BRANCH = "main-street"
TITLE = "Main Street"
KIOSK = "kiosk-1"
GUEST_BAND = "band-guest"


async def _answers(broker: str) -> None:
    """Raises ``DemoError`` where nothing listens at a broker's address; what is wrong with an address the hub says."""
    try:
        at = parse_address(broker)
    except BusError:
        return
    try:
        _, writer = await asyncio.open_connection(at.host, at.port)
    except OSError as error:
        raise DemoError(
            f"no broker answers at {at.host}:{at.port}: {error.strerror}; start it, or drop --broker"
        ) from error
    writer.close()


class Wearer(msgspec.Struct, frozen=True, kw_only=True):
    """Who wears what."""

    device: str
    kind: str
    advisor: str
    language: Language
    shape: str


WEARERS = (
    Wearer(device="watch-ann", kind="watch", advisor="ann", language=Language.EN, shape="round"),
    Wearer(device="watch-bo", kind="watch", advisor="bo", language=Language.ZH, shape="square"),
    Wearer(device="band-chan", kind="band", advisor="chan", language=Language.KO, shape="band"),
)


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of an agent's or the kiosk's event that the demo reads; their own types say more."""

    event: str
    at_ns: int = 0
    task: str | None = None
    number: str | None = None
    ticket: str | None = None
    mine: bool = False
    products: tuple[str, ...] = ()
    holder: str | None = None
    match_score: float | None = None
    code: str | None = None
    detail: str | None = None
    branch: str | None = None
    version: str | None = None
    serial: int = 0
    request: str | None = None
    customer: str | None = None
    repeated: bool = False
    engine: str = ""
    call: int = 0
    stage: str | None = None
    plan: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


DEAF = ("--speech", "off")
"""The arguments of a wearable that hears nothing, so that none loads a recogniser for talks that are typed."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Where a branch lives. ``layout`` null: no windows. ``broker`` empty: the hub's embedded one.

    ``environment`` are the processes' variables, null for this process's own; ``ports`` (broker, HTTP) are 0 for free
    ones. ``speech``: the arguments that say how a wearable hears, by device; one that isn't there is ``DEAF``.
    ``lends``: it has a band, without a window, that it lends to customers.
    """

    folder: Path
    layout: Layout | None = None
    broker: str = ""
    patience_s: float = 120.0
    environment: Mapping[str, str] | None = None
    ports: tuple[int, int] = (0, 0)
    speech: Mapping[str, Sequence[str]] = {}
    lends: bool = False


class Branch:
    """Opens the branch and hears everything that happens in it: ``hear(device, event)``."""

    def __init__(self, bank: Bank, setting: Setting, hear: Callable[[str, Heard], None]) -> None:
        self._bank = bank
        self._setting = setting
        self._hear = hear
        self._house = House(setting.folder, setting.environment)
        self._agents: dict[str, AgentProcess] = {}
        self._heard: dict[tuple[str, str], asyncio.Event] = {}

    async def open(
        self, on_hub: Callable[[HubReady], None], before_kiosk: Callable[[HubReady], Awaitable[None]] | None = None
    ) -> None:
        """Start all processes; returns when the kiosk is online and every wearable bound to the branch.

        ``before_kiosk``: what the hub has to know before the kiosk first asks it.
        """
        if self._setting.broker:
            await _answers(self._setting.broker)
        self._write_files()
        hub = await self.start_hub()
        on_hub(hub)
        if before_kiosk is not None:
            await before_kiosk(hub)
        wearers = [self._start_wearer(wearer, hub) for wearer in WEARERS]
        lent = [self._start_guest_band(hub)] if self._setting.lends else []
        await asyncio.gather(self._start_kiosk(hub), *wearers, *lent)
        async with asyncio.timeout(self._setting.patience_s):
            await self.heard(KIOSK, "online").wait()
            for wearer in WEARERS:
                await self.heard(wearer.device, "bound").wait()

    async def start_hub(self) -> HubReady:
        """Start the hub, for the first time or again, and wait until it serves."""
        folder, setting = self._setting.folder, self._setting
        broker_port, http_port = (str(port) for port in setting.ports)
        arguments = ["--data", str(folder / "hub"), "--http-port", http_port, "--model", self._bank.artifact]
        arguments += ["--broker", setting.broker] if setting.broker else ["--broker-port", broker_port]
        arguments += ["--provision", str(folder / "fleet.toml"), "--customers", str(folder / "customers.jsonl")]
        return await self._house.start_hub(arguments)

    async def stop_hub(self) -> None:
        """Take the hub and its broker away; everyone else goes on."""
        await self._house.stop_one("hub")

    async def tell(self, device: str, command: Mapping[str, object]) -> None:
        """One command to the kiosk or a wearable; raises ``DemoError`` when it is gone."""
        await self._agents[device].tell(dict(command))

    def heard(self, device: str, event: str) -> asyncio.Event:
        """Set when the device says this event, and from then on until cleared."""
        return self._heard.setdefault((device, event), asyncio.Event())

    def ended(self) -> list[str]:
        """Which processes have ended by themselves, and where their logs are."""
        return self._house.ended()

    async def until_closed(self) -> None:
        """Until the last window is closed."""
        await asyncio.gather(*(agent.child.wait() for agent in self._agents.values()))

    async def close(self) -> None:
        """Stop every process."""
        await self._house.stop()

    async def _start_kiosk(self, hub: HubReady) -> None:
        setting = self._setting
        store = str(setting.folder / f"{KIOSK}.sqlite")
        arguments = ["--device", KIOSK, "--branch", BRANCH, "--broker", hub.broker, "--store", store, "--series", "A"]
        arguments += ["--timezone", "UTC", "--trust", hub.models_key]
        if setting.layout is not None:
            place = setting.layout.kiosk
            arguments += ["--window", "--title", TITLE, "--size", str(place.width), str(place.height)]
            arguments += ["--at", str(place.left), str(place.top)]
            arguments += ["--businesses", str(setting.folder / "businesses.toml")]
            arguments += ["--cards", str(setting.folder / "cards.jsonl")]
        self._agents[KIOSK] = await self._house.start_agent(KIOSK, "kiosk", arguments, self._listener(KIOSK))

    async def _start_wearer(self, wearer: Wearer, hub: HubReady) -> None:
        name, arguments = wearer.device, wearer_arguments(wearer, self._setting, hub)
        self._agents[name] = await self._house.start_agent(name, "device_agent", arguments, self._listener(name))
        async with asyncio.timeout(self._setting.patience_s):
            await self.heard(name, "online").wait()
        await self.tell(name, {"do": "bind", "branch": BRANCH})

    async def _start_guest_band(self, hub: HubReady) -> None:
        store = str(self._setting.folder / f"{GUEST_BAND}.sqlite")
        arguments = ["--kind", "band", "--device", GUEST_BAND, "--broker", hub.broker, "--store", store, "--headless"]
        arguments += ["--no-models", *DEAF]
        self._agents[GUEST_BAND] = await self._house.start_agent(
            GUEST_BAND, "device_agent", arguments, self._listener(GUEST_BAND)
        )
        async with asyncio.timeout(self._setting.patience_s):
            await self.heard(GUEST_BAND, "online").wait()

    def _listener(self, device: str) -> Callable[[bytes], None]:
        decoder = msgspec.json.Decoder(Heard)

        def on_line(line: bytes) -> None:
            heard = decoder.decode(line)
            self._hear(device, heard)
            self.heard(device, heard.event).set()

        return on_line

    def _write_files(self) -> None:
        folder, bank = self._setting.folder, self._bank
        (folder / "fleet.toml").write_text(fleet_file(), "utf-8")
        lines = [
            msgspec.json.encode({"record": msgspec.structs.replace(one, hidden_product=None), "advisor": None})
            for one in bank.customers
        ]
        (folder / "customers.jsonl").write_bytes(b"\n".join(lines) + b"\n")
        if self._setting.layout is not None:
            cards = [msgspec.json.encode({"customer": one.ref, "name": one.display_name}) for one in bank.customers]
            (folder / "cards.jsonl").write_bytes(b"\n".join(cards) + b"\n")
            (folder / "businesses.toml").write_text(business_file(bank), "utf-8")


def wearer_arguments(wearer: Wearer, setting: Setting, hub: HubReady) -> list[str]:
    """How this wearable is started."""
    name = wearer.device
    store = str(setting.folder / f"{name}.sqlite")
    arguments = ["--kind", wearer.kind, "--device", name, "--broker", hub.broker, "--store", store]
    arguments += ["--trust", hub.models_key, *setting.speech.get(name, DEAF)]
    if setting.layout is None:
        return [*arguments, "--headless"]
    place = setting.layout.wrists[wearer.shape]
    arguments += ["--shape", wearer.shape, "--at", str(place.left), str(place.top)]
    return [*arguments, "--language", wearer.language.value]


def fleet_file() -> str:
    """The branch, its advisors and devices as a provisioning file."""
    lines = ["[[branches]]", f'name = "{BRANCH}"', f'title = "{TITLE}"', 'policy = "broadcast"', ""]
    for wearer in WEARERS:
        lines += ["[[advisors]]", f'name = "{wearer.advisor}"', f'branches = ["{BRANCH}"]']
        lines += [f'language = "{wearer.language.value}"', ""]
        lines += [
            "[[devices]]",
            f'name = "{wearer.device}"',
            f'kind = "{wearer.kind}"',
            f'advisor = "{wearer.advisor}"',
            "",
        ]
    lines += ["[[devices]]", f'name = "{GUEST_BAND}"', 'kind = "band"', f'branch = "{BRANCH}"', ""]
    lines += ["[[devices]]", f'name = "{KIOSK}"', 'kind = "kiosk"', f'branch = "{BRANCH}"', ""]
    return "\n".join(lines)


def business_file(bank: Bank) -> str:
    """The bank's businesses as the kiosk reads them; a JSON string is one of TOML, too."""
    lines: list[str] = []
    for business in bank.catalogue.business:
        names = {language.value: business.names.get(language.value) for language in Language}
        shown = ", ".join(f"{language} = {json.dumps(name, ensure_ascii=False)}" for language, name in names.items())
        lines += ["[[business]]", f"code = {json.dumps(business.code)}", f"names = {{ {shown} }}", ""]
    return "\n".join(lines)
