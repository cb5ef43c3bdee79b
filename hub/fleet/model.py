"""The rules of binding a device to a branch (W-02). Pure."""

from contracts import ErrorCode, Refusal
from contracts.fields import DeviceKind
from hub.kernel import Advisor, Branch, Device


def decide_binding(device: Device, advisor: Advisor | None, branch: Branch | None, wanted: str) -> Refusal | None:
    """Whether this device's advisor may bind to the branch; null when yes (W-02)."""
    if device.kind is DeviceKind.KIOSK or advisor is None:
        return Refusal(
            code=ErrorCode.WRONG_KIND, detail=f"device {device.name} has no advisor: only advisors' wearables are bound"
        )
    if branch is None or wanted not in advisor.branches:
        allowed = ", ".join(advisor.branches)
        return Refusal(
            code=ErrorCode.BRANCH_NOT_ALLOWED,
            detail=f"advisor {advisor.name} may not bind to branch {wanted!r}: allowed are {allowed}",
        )
    return None
