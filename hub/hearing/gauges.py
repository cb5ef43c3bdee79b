"""What is counted of hearing, for Prometheus."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)


class HearingGauges:
    """All metrics of one hub's hearing."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.streams = Gauge("usher_hearing_streams", "streams by how far they are", ["state"], registry=registry)
        self.seats = Gauge("usher_hearing_seats", "streams that can be recognised at once", registry=registry)
        self.refused = Counter(
            "usher_hearing_refused", "streams refused, or ended before their closing", ["why"], registry=registry
        )
        self.frames = Counter(
            "usher_hearing_frames",
            "frames of 20 ms: in order, lost (and concealed), left out by the device, late, repeated, unasked",
            ["fate"],
            registry=registry,
        )
        self.segments = Counter("usher_hearing_segments", "utterances recognised", registry=registry)
        self.final = Histogram(
            "usher_hearing_final_seconds",
            "from the arrival of the end of speech to its text, the pause included",
            buckets=SECONDS,
            registry=registry,
        )
        self.crashes = Gauge("usher_hearing_worker_crashes", "recognising processes that died", registry=registry)

    def count_frames(self, fates: Mapping[str, int]) -> None:
        """So many frames more had these fates."""
        for fate, count in fates.items():
            if count:
                self.frames.labels(fate=fate).inc(count)
