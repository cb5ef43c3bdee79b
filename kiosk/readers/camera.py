"""QR codes before a camera, read by zxing-cpp (spec K-01). Pictures are looked at and let go; none is kept."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import zxingcpp

from kiosk.readers.identifying import Identifier
from kiosk.readers.ports import Health, State
from kiosk.readers.settings import CameraSettings
from kiosk.readers.threaded import ThreadedReader
from runtime.clock import Clock

log = logging.getLogger(__name__)

RETRY_S = 3.0
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


class CameraLost(Exception):
    """Why there are no pictures."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture: ``grey`` has a byte a pixel, row by row."""

    width: int
    height: int
    grey: bytes


class Camera(Protocol):
    """Where pictures come from."""

    name: str

    def frames(self) -> Iterator[Frame]:
        """One after the other, as they come; raises ``CameraLost``. Closing the iterator lets the camera go."""
        ...


class PictureFolder:
    """The pictures of a folder, by name, once; then it has nothing more to show."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._folder = folder

    def frames(self) -> Iterator[Frame]:
        from PIL import Image, UnidentifiedImageError

        for path in sorted(at for at in self._folder.iterdir() if at.suffix.lower() in PICTURES):
            try:
                with Image.open(path) as picture:
                    grey = picture.convert("L")
            except (OSError, UnidentifiedImageError) as error:
                raise CameraLost(f"{path}: {error}") from error
            yield Frame(grey.width, grey.height, grey.tobytes())


class VideoCamera:
    """A camera of Video4Linux (/dev/video0), or a video file, by PyAV (FFmpeg)."""

    def __init__(self, source: Path) -> None:
        self.name = str(source)
        self._source = source

    def frames(self) -> Iterator[Frame]:
        import av

        device = self._source.is_char_device()
        options = {"video_size": "1280x720", "framerate": "15"} if device else {}
        try:
            with av.open(str(self._source), format="v4l2" if device else None, options=options) as opened:
                for picture in opened.decode(video=0):
                    plane = picture.reformat(format="gray").planes[0]
                    rows = bytes(plane)
                    if plane.line_size != plane.width:  # rows are padded
                        starts = range(0, plane.line_size * plane.height, plane.line_size)
                        rows = b"".join(rows[start : start + plane.width] for start in starts)
                    yield Frame(plane.width, plane.height, rows)
        except av.FFmpegError as error:
            raise CameraLost(f"{self._source}: {error}") from error


def camera_at(source: str) -> Camera:
    """A folder of pictures, or anything else as a video."""
    path = Path(source)
    return PictureFolder(path) if path.is_dir() else VideoCamera(path)


def codes_in(frame: Frame) -> list[str]:
    """The texts of the QR codes in a picture."""
    picture = memoryview(frame.grey).cast("B", (frame.height, frame.width))
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [code.text for code in found]


class CameraReader(ThreadedReader):
    """Looks at every picture; a code that stays in view is told once, and again after ``again_s`` without it."""

    def __init__(
        self, settings: CameraSettings, identifier: Identifier, clock: Clock, *, retry_s: float = RETRY_S
    ) -> None:
        super().__init__("camera", retry_s)
        self._camera = camera_at(settings.source)
        self._again_s = settings.again_s
        self._identifier = identifier
        self._clock = clock
        self._seen: dict[int, float] = {}

    def forget(self) -> None:
        """The next customer may show the same code at once."""
        self._seen = {}

    def run(self) -> Health:
        frames = self._camera.frames()
        try:
            for frame in frames:
                if self.stopping:
                    return self.health
                self.tell(Health(State.READY, self._camera.name))
                self._look(frame)
        except (CameraLost, OSError) as lost:
            return Health(State.ABSENT, str(lost), "plug the camera in; check source in the kiosk's settings")
        finally:
            close = getattr(frames, "close", None)
            if close is not None:
                close()
        return Health(State.ABSENT, f"{self._camera.name}: no more pictures", "plug the camera in anew")

    def _look(self, frame: Frame) -> None:
        now_s = self._clock.monotonic()
        for text in codes_in(frame):
            mark = hash(text)  # the code itself is not kept
            last_s = self._seen.get(mark)
            self._seen[mark] = now_s
            if last_s is None or now_s - last_s > self._again_s:
                self.tell(self._identifier.decoded(text))
        for mark, seen_s in list(self._seen.items()):
            if now_s - seen_s > self._again_s:
                del self._seen[mark]
