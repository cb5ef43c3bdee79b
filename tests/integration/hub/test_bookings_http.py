"""Bookings over HTTP and from a file by `usher bookings import`, against a hub that serves (K-01)."""

from __future__ import annotations

import asyncio
import base64
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contracts.bookings import digest_of
from hub.lobby.bookings.__main__ import main
from runtime.identity import IdentityKey
from tests.integration.hub.http_hub import TOKEN, Api, serving
from tests.unit.hub.rig import Rig

pytestmark = pytest.mark.req("K-01")

PHONE = "010-1234-5678"
LINES = "reference,start,business,phone\nB-1,2026-03-02T14:30,loan,010-1234-5678\nB-2,2026-03-02T15:00,advice,\n"
BOOKING: Mapping[str, object] = {"start": "2026-03-02T14:30:00Z", "businesses": ["loan"], "customer": "c-ann"}


def key_file(folder: Path) -> Path:
    path = folder / "bank.key"
    path.write_text(f"usher-identity-1 {base64.b64encode(bytes(32)).decode()}\n")
    path.chmod(0o600)
    return path


def begun_with(folder: Path, name: str) -> list[str]:
    """The file, and what is left beside it."""
    return sorted(one.name for one in folder.iterdir() if name in one.name)


async def import_file(api: Api, *arguments: str | Path, branch: str = "main") -> Result:
    words = ["import", *map(str, arguments), "--branch", branch, "--hub", api.url, "--token", TOKEN]
    return await asyncio.to_thread(CliRunner().invoke, main, words)


async def test_a_booking_is_put_shown_listed_and_cancelled(rig: Rig) -> None:
    async with serving(rig) as api:
        put = await api.call("PUT", "/v1/branches/main/bookings/B-1", BOOKING)
        assert (put.status, put.json["state"], put.json["day"]) == (200, "booked", "2026-03-02")
        assert (await api.call("GET", "/v1/branches/main/bookings/B-1")).json == put.json
        assert (await api.call("GET", "/v1/branches/main/bookings")).rows == [put.json]
        assert (await api.call("GET", "/v1/branches/main/bookings?day=2026-03-03")).rows == []
        cancelled = await api.call("DELETE", "/v1/branches/main/bookings/B-1")
        assert cancelled.json["state"] == "cancelled"
        again = await api.call("PUT", "/v1/branches/main/bookings/B-1", BOOKING)
        assert again.json["state"] == "booked"


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("nowhere/bookings/B-1", BOOKING, 404, "no branch"),
        ("main/bookings/B%201", BOOKING, 400, "name of the booking"),
        ("main/bookings/B-1", {**BOOKING, "businesses": ["magic"]}, 400, "no business 'magic'"),
        ("main/bookings/B-1", {**BOOKING, "phone": PHONE}, 400, "phone"),
        ("main/bookings/B-1", {**BOOKING, "start": "2026-02-01T09:00:00Z"}, 400, "before today"),
        ("main/bookings/B-1", {**BOOKING, "name": "Ann"}, 400, "name"),
    ],
)
async def test_what_can_t_be_says_why(rig: Rig, path: str, body: object, status: int, said: str) -> None:
    async with serving(rig) as api:
        answer = await api.call("PUT", f"/v1/branches/{path}", body)
        assert answer.status == status
        assert said in str(answer.json["detail"])
        assert (await api.call("GET", "/v1/branches/main/bookings/B-9")).status == 404
        assert (await api.call("DELETE", "/v1/branches/main/bookings/B-9")).status == 404
    assert rig.tables()["bookings"] == []


async def test_many_are_refused_with_a_line_for_each_fault(rig: Rig) -> None:
    good, bad = {"reference": "B-1", **BOOKING}, {"reference": "B-2", **BOOKING, "businesses": ["magic"]}
    async with serving(rig) as api:
        answer = await api.call("POST", "/v1/branches/main/bookings", {"bookings": [good, bad, bad]})
        assert answer.status == 400
        assert [line.split(":")[0] for line in str(answer.json["detail"]).splitlines()] == ["1", "2"]
        assert (await api.call("GET", "/v1/branches/main/bookings")).rows == []
        taken = await api.call("POST", "/v1/branches/main/bookings", {"bookings": [good]})
        assert (taken.status, taken.json) == (200, {"new": 1, "changed": 0, "unchanged": 0, "cancelled": 0})
        many = await api.call("POST", "/v1/branches/main/bookings", {"bookings": [bad] * 50})
        assert str(many.json["detail"]).splitlines()[-1] == "and 10 more"


async def test_a_file_is_taken_in_and_no_phone_number_reaches_the_hub(rig: Rig, tmp_path: Path) -> None:
    file, codes = tmp_path / "day.csv", tmp_path / "codes.csv"
    file.write_text(LINES)
    options = ("--key", key_file(tmp_path), "--bank", "bank", "--codes", codes)
    async with serving(rig) as api:
        first = await import_file(api, file, *options)
        assert (first.exit_code, first.output) == (0, "2 new, 0 changed, 0 unchanged, 0 cancelled or moved\n")
        again = await import_file(api, file, *options)
        assert again.output.startswith("0 new, 0 changed, 2 unchanged")
        file.write_text("\n".join(LINES.splitlines()[:2]))
        fewer = await import_file(api, file, *options, "--whole-days")
        assert fewer.output == "0 new, 0 changed, 1 unchanged, 1 cancelled or moved\n"
        [booking] = [
            row for row in (await api.call("GET", "/v1/branches/main/bookings")).rows if row["state"] == "booked"
        ]
    assert booking["phone"] == IdentityKey(bytes(32), "bank").reference("phone", b"+821012345678")
    assert stat.S_IMODE(codes.stat().st_mode) == 0o600
    header, line = codes.read_text().splitlines()
    assert header == "reference,code"
    reference, code = line.split(",")
    assert (reference, booking["code"]) == ("B-1", digest_of(code.split("-")[1]))
    kept = repr(rig.tables())
    assert "12345678" not in kept
    assert code.split("-")[1] not in kept


async def test_the_last_booking_of_a_day_is_cancelled_by_its_date_or_by_its_cancelled_event(
    rig: Rig, tmp_path: Path
) -> None:
    file, calendar = tmp_path / "day.csv", tmp_path / "day.ics"
    header = "reference,start,business,customer\n"
    calendar.write_text(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Bank//EN\nBEGIN:VEVENT\nUID:B-2\nDTSTAMP:20260301T000000Z\n"
        "DTSTART:20260304T100000Z\nSTATUS:CANCELLED\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    async with serving(rig) as api:
        file.write_text(f"{header}B-1,2026-03-03T10:00,loan,c-1\nB-2,2026-03-04T10:00,loan,c-2\n")
        await import_file(api, file)
        file.write_text(header)
        none = await import_file(api, file, "--whole-days")
        assert none.output == "0 new, 0 changed, 0 unchanged, 0 cancelled or moved\n"
        gone = await import_file(api, file, "--day", "2026-03-03")
        assert gone.output == "0 new, 0 changed, 0 unchanged, 1 cancelled or moved\n"
        left = await import_file(api, calendar)
        assert left.output == "0 new, 0 changed, 0 unchanged, 0 cancelled or moved\n"
        gone = await import_file(api, calendar, "--whole-days")
        assert gone.output == "0 new, 0 changed, 0 unchanged, 1 cancelled or moved\n"
        assert (await import_file(api, file, "--day", "3.3.2026")).exit_code == 2


async def test_codes_are_their_owner_s_alone_and_stay_as_they_were_until_the_hub_has_the_bookings(
    rig: Rig, tmp_path: Path
) -> None:
    file, codes = tmp_path / "day.csv", tmp_path / "codes.csv"
    codes.write_text("of yesterday")
    codes.chmod(0o644)
    options = ("--key", key_file(tmp_path), "--bank", "bank", "--codes")
    async with serving(rig) as api:
        file.write_text("reference,start,business\nB-1,2026-03-02T14:30,magic\n")
        assert (await import_file(api, file, *options, codes)).exit_code == 1
        assert codes.read_text() == "of yesterday"
        file.write_text("reference,start,business\nB-1,2026-03-02T14:30,loan\n")
        said = await import_file(api, file, *options, tmp_path / "nowhere" / "codes.csv")
        assert "can't be written" in said.output
        said = await import_file(api, file, *options, tmp_path)
        assert said.exit_code == 2
        assert (await api.call("GET", "/v1/branches/main/bookings")).rows == [], "no codes, no bookings"
        assert (await import_file(api, file, *options, codes)).exit_code == 0
    assert codes.read_text().startswith("reference,code\nB-1,UB1-")
    assert stat.S_IMODE(codes.stat().st_mode) == 0o600
    assert begun_with(tmp_path, "codes.csv") == ["codes.csv"]


async def test_a_file_with_faults_takes_nothing_in_and_names_their_lines(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    async with serving(rig) as api:
        file.write_text(f"{LINES}B-3,soon,loan,\n")
        said = await import_file(api, file, "--key", key_file(tmp_path), "--bank", "bank")
        assert said.exit_code == 1
        assert f"{file}: line 4: start 'soon'" in said.output
        file.write_text(f"{LINES}B-3,2026-03-02T15:00,magic,\n")
        said = await import_file(api, file, "--key", key_file(tmp_path), "--bank", "bank")
        assert f"{file}: line 4: no business 'magic'" in said.output
        said = await import_file(api, file)
        assert "line 2: phone: no key" in said.output
        said = await import_file(api, file, "--key", tmp_path / "no.key", "--bank", "bank")
        assert "isn't there; copy the key file" in said.output
        assert not (tmp_path / "no.key").exists()
        said = await import_file(api, file, branch="nowhere")
        assert "no branch 'nowhere': use one of" in said.output
        assert (await api.call("GET", "/v1/branches/main/bookings")).rows == []
