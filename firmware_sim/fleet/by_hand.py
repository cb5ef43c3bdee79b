"""A branch for a person with a mouse: nothing acts by itself, the terminal tells what happens."""

import time
from pathlib import Path

from firmware_sim.fleet.branch import KIOSK, WEARERS, Branch, Heard, Setting
from firmware_sim.fleet.display import Ground
from firmware_sim.fleet.house import HubReady
from firmware_sim.fleet.people import Bank
from firmware_sim.fleet.screen import Layout
from firmware_sim.fleet.show import Show, Told

OWN_EARS: dict[str, tuple[str, ...]] = {wearer.device: () for wearer in WEARERS}
"""Every wearable hears as it does by itself: a person at this machine may have a microphone."""

ADVISORS = {wearer.device: wearer.advisor for wearer in WEARERS}


class Teller:
    """Tells a branch's events on a show, with the milliseconds since the ticket."""

    def __init__(self, bank: Bank, show: Show) -> None:
        self._show = show
        self._names = {customer.ref: customer.display_name for customer in bank.customers}
        self._issued_ns: dict[str, int] = {}
        self._opened = time.monotonic()

    def on_hub(self, hub: HubReady) -> None:
        """The hub serves."""
        self.say("started", "hub", f"broker {hub.broker} · console {hub.http} · model {hub.model}")

    def hear(self, device: str, heard: Heard) -> None:
        """Something happened in the branch."""
        number = heard.number
        match heard.event:
            case "ticket" if number is not None:
                self._issued_ns[number] = heard.at_ns
                who = self._names.get(heard.customer or "", "a customer without a card")
                self.say("ticket", "ticket", who, number)
            case "alert" if number is not None:
                issued_ns = self._issued_ns.get(number)
                took_ms = None if issued_ns is None else (heard.at_ns - issued_ns) / 1e6
                self.say("alert", device, "buzzes", number, took_ms)
            case "claimed" if heard.mine:
                self.say("claimed", device, f"{ADVISORS[device]} takes it", number)
            case "done":
                self.say("done", device, f"match score {heard.match_score}", number)
            case "bound":
                self.say("bound", device, f"{ADVISORS[device]} serves {heard.branch}")
            case "offline":
                self.say("late", device, "is offline")
            case "online":
                self.say("bound", device, "is online")
            case "refused" | "command_refused":
                self.say("refused", device, f"{heard.code}: {heard.detail}", number)
            case _:
                pass

    def say(self, event: str, who: str, text: str, number: str | None = None, ms: float | None = None) -> None:
        """One line."""
        at_s = round(time.monotonic() - self._opened, 3)
        self._show.tell(
            Told(event=event, at_s=at_s, who=who, text=text, number=number, ms=None if ms is None else round(ms, 2))
        )


async def play_by_hand(bank: Bank, show: Show, *, folder: Path, layout: Layout, broker: str) -> int:
    """Open the branch and its windows; ends when the last window is closed, or by a signal."""
    teller = Teller(bank, show)
    branch = Branch(bank, Setting(folder=folder, layout=layout, broker=broker, speech=OWN_EARS), teller.hear)
    ground = await Ground.open(layout, folder)
    try:
        ground.say("The branch opens", "")
        await branch.open(teller.on_hub)
        ground.say("The branch is yours", "Touch the kiosk for a number, then take it on a wrist.")
        teller.say("started", KIOSK, "the branch is yours: touch the kiosk for a number, then the wrists (Ctrl+C ends)")
        await branch.until_closed()
    finally:
        await branch.close()
        await ground.close()
    return 0
