"""A USB printer behind pyusb: a backend (``usb.backend.IBackend``) with one device, whose bytes a printer takes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from types import SimpleNamespace

import usb.backend
import usb.core

from tests.conformance.printers.paper import FakePrinter

VENDOR, PRODUCT, IN, OUT = 0x04B8, 0x0E15, 0x82, 0x01
NO_DEVICE, TIMED_OUT = 19, 110

DEVICE = SimpleNamespace(
    bLength=18,
    bDescriptorType=1,
    bcdUSB=0x200,
    bDeviceClass=0,
    bDeviceSubClass=0,
    bDeviceProtocol=0,
    bMaxPacketSize0=64,
    idVendor=VENDOR,
    idProduct=PRODUCT,
    bcdDevice=0x100,
    iManufacturer=0,
    iProduct=0,
    iSerialNumber=0,
    bNumConfigurations=1,
    address=2,
    bus=1,
    port_number=1,
    port_numbers=(1,),
    speed=2,
)
CONFIGURATION = SimpleNamespace(
    bLength=9,
    bDescriptorType=2,
    wTotalLength=32,
    bNumInterfaces=1,
    bConfigurationValue=1,
    iConfiguration=0,
    bmAttributes=0xC0,
    bMaxPower=1,
    extra_descriptors=[],
)
INTERFACE = SimpleNamespace(
    bLength=9,
    bDescriptorType=4,
    bInterfaceNumber=0,
    bAlternateSetting=0,
    bNumEndpoints=2,
    bInterfaceClass=7,
    bInterfaceSubClass=1,
    bInterfaceProtocol=2,
    iInterface=0,
    extra_descriptors=[],
)


def _endpoint(address: int) -> SimpleNamespace:
    return SimpleNamespace(
        bLength=7,
        bDescriptorType=5,
        bEndpointAddress=address,
        bmAttributes=2,
        wMaxPacketSize=64,
        bInterval=0,
        bRefresh=0,
        bSynchAddress=0,
        extra_descriptors=[],
    )


class FakeUsb(usb.backend.IBackend):  # type: ignore[misc] # the library has no types
    """Plugged in or not; what is written goes to the printer, and its answers wait to be read."""

    def __init__(self, paper: FakePrinter) -> None:
        super().__init__()
        self.plugged = True
        self.breaks_after: int | None = None
        self._paper = paper
        self._answers = bytearray()

    def enumerate_devices(self) -> Iterator[int]:
        return iter([1] if self.plugged else [])

    def get_device_descriptor(self, dev: int) -> SimpleNamespace:
        return DEVICE

    def get_configuration_descriptor(self, dev: int, config: int) -> SimpleNamespace:
        return CONFIGURATION

    def get_interface_descriptor(self, dev: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        if intf or alt:
            raise IndexError
        return INTERFACE

    def get_endpoint_descriptor(self, dev: int, ep: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        return _endpoint((IN, OUT)[ep])

    def open_device(self, dev: int) -> int:
        return dev

    def close_device(self, dev_handle: int) -> None:
        self._answers.clear()

    def set_configuration(self, dev_handle: int, config_value: int) -> None:
        pass

    def get_configuration(self, dev_handle: int) -> int:
        return 1

    def claim_interface(self, dev_handle: int, intf: int) -> None:
        pass

    def release_interface(self, dev_handle: int, intf: int) -> None:
        pass

    def reset_device(self, dev_handle: int) -> None:
        pass

    def is_kernel_driver_active(self, dev_handle: int, intf: int) -> bool:
        return False

    def bulk_write(self, dev_handle: int, ep: int, intf: int, data: array[int], timeout: int) -> int:
        if not self.plugged:
            raise usb.core.USBError("No such device (it may have been disconnected)", errno=NO_DEVICE)
        content = bytes(data)
        if self.breaks_after is not None and len(content) > self.breaks_after:
            self._paper.take(content[: self.breaks_after])
            self.plugged = False
            raise usb.core.USBError("Input/Output Error", errno=5)
        self._answers += self._paper.take(content)
        return len(content)

    def bulk_read(self, dev_handle: int, ep: int, intf: int, buff: array[int], timeout: int) -> int:
        if not self._answers:
            raise usb.core.USBTimeoutError("Operation timed out", errno=TIMED_OUT)
        count = min(len(buff), len(self._answers))
        for at in range(count):
            buff[at] = self._answers[at]
        del self._answers[:count]
        return count
