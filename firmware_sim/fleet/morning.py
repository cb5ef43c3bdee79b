"""A branch morning: real processes over real MQTT, customers with a hidden product, advisors who answer truthfully."""

import asyncio
import os
import random
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from contracts.fields import AccessNeed, Language
from firmware_sim.fleet.advisor import Pace, ScriptedAdvisor
from firmware_sim.fleet.branch import BRANCH, GUEST_BAND, KIOSK, WEARERS, Branch, Heard, Setting, Wearer
from firmware_sim.fleet.desks import Desks
from firmware_sim.fleet.diary import Diary
from firmware_sim.fleet.guest import Guest
from firmware_sim.fleet.house import HubReady
from firmware_sim.fleet.people import Bank, lines_of_talk
from firmware_sim.fleet.screen import Layout
from firmware_sim.fleet.show import Show, Told
from firmware_sim.fleet.studio import Studio
from firmware_sim.fleet.tally import Summary, Tally
from models.commands.remote import HubClient
from models.customers import CustomerRecord


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller wants of a morning. ``layout`` null: no windows. ``broker`` empty: the hub's embedded one."""

    seed: int
    customers: int
    folder: Path
    pace: Pace
    layout: Layout | None = None
    broker: str = ""
    patience_s: float = 120.0


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What the morning reads of the hub's account of its models."""

    observations: int
    next_candidate_in: int


class Morning:
    """One morning; ``run`` plays it and returns its summary, the processes go on until ``close``.

    ``studio``: where talks are spoken, closed by whoever opened it; null where all are typed.
    """

    def __init__(self, bank: Bank, options: Options, show: Show, studio: Studio | None = None) -> None:
        self._bank = bank
        self._options = options
        self._show = show
        self._studio = studio
        self._branch = Branch(bank, setting_of(options, studio), self._hear)
        self._tally = Tally()
        self._chance = random.Random(f"morning/{options.seed}")
        self._waited: set[tuple[str, str]] = set()
        self._requests: dict[str, tuple[CustomerRecord, str]] = {}
        self._visits: dict[str, tuple[CustomerRecord, str]] = {}
        self._advisors = {wearer.device: self._advisor(wearer) for wearer in WEARERS}
        self._by_hand: set[str] = set()
        self._progress = asyncio.Event()
        self._opened = time.monotonic()
        self._hub: HubReady | None = None
        self._guest = Guest(self._branch, self._on_desk)
        self._guest_request: str | None = None
        self._desks = Desks(BRANCH, [wearer.device for wearer in WEARERS], self._on_desk, self._guest)
        self._over = False
        codes = [business.code for business in bank.catalogue.business]
        self._diary = Diary(BRANCH, bank.customers, codes, options.seed)

    async def run(self) -> Summary:
        """Open the branch, let everyone in, wait until every visit has its feedback (or patience ends)."""
        began = time.monotonic()
        await self._branch.open(self._on_hub, self._diary.book)
        if self._hub is not None:
            self._guest.open(self._hub)
            await self._desks.open(self._hub)
        self._opened = time.monotonic()
        working = [asyncio.ensure_future(advisor.work()) for advisor in self._advisors.values()]
        try:
            await self._let_in()
            await self._until_finished(working)
            await self._desks.finish()
            await self._guest.finish()
        finally:
            for one in working:
                one.cancel()
            await asyncio.gather(*working, return_exceptions=True)
        await self._tell_learned()
        self._over = True
        return self._tally.summary(
            data=self._bank.data,
            seed=self._options.seed,
            wanted=len(self._bank.customers),
            seconds=time.monotonic() - began,
            called=self._desks.called,
            lent=self._guest.lent,
            felt=self._guest.felt,
            booked=len(self._diary),
            checked_in=0 if self._hub is None else await self._diary.came(self._hub),
        )

    async def _tell_learned(self) -> None:
        if self._hub is not None:
            client = HubClient(self._hub.http, self._hub.token)
            told = msgspec.json.decode(await asyncio.to_thread(client.call, "GET", "/v1/models"), type=Learned)
            more = f"the next candidate model after {told.next_candidate_in} more"
            self._tell("learned", "hub", f"learned from {told.observations} visits; {more}")

    async def close(self) -> None:
        """Stop every process."""
        await self._branch.close()

    def _on_hub(self, hub: HubReady) -> None:
        self._tell("started", "hub", f"broker {hub.broker} · console {hub.http} · model {hub.model}")
        self._tell("started", "hub", f"waiting room {hub.http}/tv/{BRANCH} · sign in with {hub.token}")
        self._hub = hub

    def _on_desk(self, event: str, text: str, number: str | None) -> None:
        self._tell(event, "queue", text, number)

    def _advisor(self, wearer: Wearer) -> ScriptedAdvisor:
        catalogue = self._bank.catalogue
        return ScriptedAdvisor(
            wearer,
            self._branch,
            truth=self._visits.get,
            talk=lambda business, product, language: lines_of_talk(catalogue, business, product, language),
            tag_of={product.code: product.category for product in catalogue.product},
            tell=lambda number, text: self._tell("talk", wearer.device, text, number),
            pace=self._options.pace,
            chance=random.Random(f"{wearer.device}/{self._options.seed}"),
            mouth=self._studio.mouth(wearer.device, self) if self._studio is not None else None,
        )

    def spoken(self, device: str, number: str, line: str) -> None:
        """As ``Witness``."""
        self._tally.spoken()
        self._tell("spoken", device, line, number)

    def heard(self, device: str, number: str, heard: Heard, after_ms: float) -> None:
        """As ``Witness``."""
        self._tally.heard()
        first = ", ".join(self._product(code) for code in heard.plan[:3]) or "no plan"
        asked = f" · asks whether {', '.join(heard.questions)} was meant" if heard.questions else ""
        self._tell("heard", device, f"{heard.engine} heard it · now {first}{asked}", number, after_ms=after_ms)

    def unheard(self, device: str, number: str, why: str) -> None:
        """As ``Witness``."""
        self._tell("unheard", device, why, number)

    async def _let_in(self) -> None:
        businesses = [business.code for business in self._bank.catalogue.business]
        for count, customer in enumerate(self._bank.customers):
            business, request = self._chance.choice(businesses), f"r{count:06d}"
            appointment = self._diary.of(customer.ref)
            if appointment is None:
                said: dict[str, object] = {
                    "do": "take",
                    "customer": customer.ref,
                    "business": business,
                    "request": request,
                }
                if self._guest_request is None:
                    self._guest_request, said["needs"] = request, [AccessNeed.HEARING.value]
            else:
                business = appointment.business
                said = {"do": "check-in", "code": appointment.code, "request": request}
            self._requests[request] = (customer, business)
            await self._branch.tell(KIOSK, {**said, "language": self._chance.choice(list(Language)).value})
            await asyncio.sleep(self._chance.expovariate(1.0) * self._options.pace.between_tickets_s)

    async def _until_finished(self, working: Sequence[asyncio.Future[None]]) -> None:
        try:
            async with asyncio.timeout(self._options.patience_s):
                while self._tally.finished < len(self._bank.customers):
                    self._progress.clear()
                    waiting: asyncio.Future[bool] = asyncio.ensure_future(self._progress.wait())
                    waits: list[asyncio.Future[None] | asyncio.Future[bool]] = [waiting, *working]
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                    waiting.cancel()
                    for one in working:
                        if one.done():
                            one.result()
        except TimeoutError:
            gone = ", ".join(self._branch.ended()) or "none"
            self._tell("refused", "demo", f"gave up after {self._options.patience_s:.0f} s; processes gone: {gone}")

    def _hear(self, device: str, heard: Heard) -> None:
        if device == KIOSK:
            self._on_kiosk(heard)
        elif device == GUEST_BAND:
            self._guest.hear(heard)
        else:
            self._on_wearable(self._advisors[device], heard)

    def _on_kiosk(self, seen: Heard) -> None:
        match seen.event:
            case "ticket" if seen.number is not None and seen.request is None:
                self._by_hand.add(seen.number)
                self._tell("ticket", "ticket", "taken by hand at the kiosk: serve it by hand", seen.number)
            case "ticket" if seen.number is not None and not seen.repeated:
                self._desks.issued(seen.number, seen.ticket or "")
                if seen.request == self._guest_request:
                    self._guest.issued(seen.number, seen.ticket or "")
                customer, business = self._requests[seen.request or ""]
                self._visits[seen.number] = (customer, business)
                self._tally.ticket(seen.number, customer.hidden_product, seen.at_ns)
                named = self._bank.catalogue.business_named(business).names.en
                booked = " · checked in by code" if self._diary.of(customer.ref) is not None else ""
                self._tell("ticket", "ticket", f"{customer.display_name} · {named}{booked}", seen.number)
                for advisor in self._advisors.values():
                    advisor.hear(seen)
            case "model_active":
                self._tell("model", KIOSK, f"uses model {seen.version} (#{seen.serial})")
            case "refused" | "command_refused":
                self._tell("refused", KIOSK, f"{seen.code}: {seen.detail}", seen.number)
            case _:
                pass

    def _on_wearable(self, advisor: ScriptedAdvisor, heard: Heard) -> None:
        wearer, number, task = advisor.wearer, heard.number, heard.task
        if number in self._by_hand:
            advisor.hear(heard)
            return
        match heard.event:
            case "model_active":
                self._tell("model", wearer.device, f"uses model {heard.version} (#{heard.serial})")
            case "bound":
                self._tell("bound", wearer.device, f"{wearer.advisor} serves {heard.branch}")
            case "offered" if number is not None and task is not None:
                self._guest.seen(number)
                self._tally.offered(number, task, heard.products)
                if advisor.talking:
                    self._waited.add((wearer.device, task))
            case "alert" if number is not None and task is not None:
                waited = (wearer.device, task) in self._waited
                took_ms = self._tally.alert(number, wearer.device, task, heard.at_ns, waited=waited)
                self._tell("alert", wearer.device, "buzzes after the talk" if waited else "buzzes", number, took_ms)
            case "claimed" if heard.mine and number is not None:
                self._tally.claimed(number)
                self._tell("claimed", wearer.device, f"{wearer.advisor} takes it", number)
                self._desks.claimed(wearer.device, number)
            case "done" if number is not None:
                customer, _ = self._visits[number]
                self._tally.done(number, heard.match_score)
                taken = self._product(customer.hidden_product)
                self._tell("done", wearer.device, f"took {taken} · match score {heard.match_score}", number)
                self._progress.set()
            case "command_refused" if heard.code == "no_such_task":
                self._tell("late", wearer.device, f"{wearer.advisor} is too late, a colleague has it")
            case "refused" | "command_refused":
                self._tell("refused", wearer.device, f"{heard.code}: {heard.detail}", number)
            case _:
                pass
        advisor.hear(heard)

    def _product(self, code: str | None) -> str:
        return "nothing" if code is None else self._bank.catalogue.product_named(code).names.en

    def _tell(
        self,
        event: str,
        who: str,
        text: str,
        number: str | None = None,
        ms: float | None = None,
        after_ms: float | None = None,
    ) -> None:
        if self._over:  # the summary is the last word
            return
        at_s = round(time.monotonic() - self._opened, 3)
        times = {name: round(value, 2) for name, value in (("ms", ms), ("after_ms", after_ms)) if value is not None}
        self._show.tell(Told(event=event, at_s=at_s, who=who, text=text, number=number, **times))


def setting_of(options: Options, studio: Studio | None) -> Setting:
    """The branch for these options, with ears where talks are spoken."""
    setting = Setting(
        folder=options.folder,
        layout=options.layout,
        broker=options.broker,
        patience_s=options.patience_s,
        lends=True,
    )
    if studio is None:
        return setting
    environment = dict(os.environ) | studio.environment
    return msgspec.structs.replace(setting, environment=environment, speech=studio.speech)
