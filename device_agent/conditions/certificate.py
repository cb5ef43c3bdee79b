"""When the device's certificate ends."""

import importlib.util
import logging
from datetime import datetime
from pathlib import Path

log = logging.getLogger(__name__)


class CertificateEnd:
    """The end of the certificates in a PEM file, read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._missing = False
        self._ends: datetime | None = None

    def read(self) -> datetime | None:
        """The earliest end in the file, in UTC; null, and one line in the log, when it can't be read."""
        try:
            about = self._path.stat()
            seen = (about.st_mtime_ns, about.st_size)
            if seen != self._seen:
                self._seen = seen
                self._ends = earliest_end(self._path.read_bytes())
            self._missing = False
        except (OSError, ValueError) as error:
            if not (self._missing and isinstance(error, OSError)):
                log.warning("certificate_unread path=%s why=%r", self._path, str(error))
            self._missing = isinstance(error, OSError)
            self._ends = None
            if self._missing:
                self._seen = None
        return self._ends


def earliest_end(pem: bytes) -> datetime | None:
    """When the first of these certificates ends, in UTC; null without the cryptography package, which reads them.

    Raises ``ValueError`` when there is no certificate in it.
    """
    if importlib.util.find_spec("cryptography") is None:
        log.warning("certificate_unread why='cryptography is not installed'")
        return None
    from cryptography import x509

    return min(certificate.not_valid_after_utc for certificate in x509.load_pem_x509_certificates(pem))
