"""Who may bind where (W-02)."""

import pytest

from contracts import ErrorCode
from contracts.fields import DeviceKind
from hub.fleet.model import decide_binding
from hub.kernel import Advisor, Branch, Device

WATCH = Device(name="watch-1", kind=DeviceKind.WATCH, advisor="ada")
BAND = Device(name="band-1", kind=DeviceKind.BAND, advisor="ada")
KIOSK = Device(name="kiosk-1", kind=DeviceKind.KIOSK, branch="main")
ADA = Advisor(name="ada", branches=("main", "river"))
MAIN = Branch(name="main", title="Main")
YARD = Branch(name="yard", title="Yard")


@pytest.mark.req("W-02")
@pytest.mark.parametrize(
    ("device", "advisor", "branch", "wanted", "code"),
    [
        (WATCH, ADA, MAIN, "main", None),
        (BAND, ADA, MAIN, "main", None),
        (WATCH, ADA, YARD, "yard", ErrorCode.BRANCH_NOT_ALLOWED),
        (WATCH, ADA, None, "nowhere", ErrorCode.BRANCH_NOT_ALLOWED),
        (WATCH, ADA, None, "river", ErrorCode.BRANCH_NOT_ALLOWED),
        (WATCH, None, MAIN, "main", ErrorCode.WRONG_KIND),
        (KIOSK, ADA, MAIN, "main", ErrorCode.WRONG_KIND),
    ],
)
def test_decide_binding(
    device: Device, advisor: Advisor | None, branch: Branch | None, wanted: str, code: ErrorCode | None
) -> None:
    refusal = decide_binding(device, advisor, branch, wanted)
    assert (refusal.code if refusal else None) is code
    if code is ErrorCode.BRANCH_NOT_ALLOWED:
        assert refusal is not None
        assert "main, river" in refusal.detail
