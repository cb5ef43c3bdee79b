"""What the hub counts, for Prometheus; one registry a hub, so that several may live in one process (simulation)."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from contracts import AnyMessage
from contracts.messages import wire_type
from hub.inbound import Inbound

ALERT_SECONDS = tuple(
    whole * unit for unit in (0.001, 0.01, 0.1, 1.0, 10.0) for whole in (1.0, 1.5, 2.0, 3.0, 5.0, 7.5)
)
"""From a millisecond to a minute, each step at most double the one before."""


class Metrics:
    """All metrics of one hub."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.messages = Counter("usher_messages", "messages that took effect", ["type"], registry=registry)
        self.refused = Counter("usher_messages_refused", "messages refused", ["code"], registry=registry)
        self.repeated = Counter(
            "usher_messages_repeated", "messages that came again and changed nothing", registry=registry
        )
        self.storage_failures = Counter(
            "usher_storage_failures", "batches that the database refused", registry=registry
        )
        self.batch = Histogram(
            "usher_batch_messages", "messages a batch", buckets=(1, 4, 16, 64, 256), registry=registry
        )
        self.commit = Histogram("usher_commit_seconds", "deciding and committing a batch", registry=registry)
        self.queue = Gauge("usher_inbound_queue", "messages waiting for the writer", registry=registry)
        self.shed = Counter("usher_messages_shed", "messages dropped because the queue was full", registry=registry)
        self.tasks = Counter("usher_tasks", "tasks by how they went on", ["change"], registry=registry)
        self.targets_ignored = Counter(
            "usher_targets_ignored", "target events that made no target", ["why"], registry=registry
        )
        self.alert = Histogram(
            "usher_alert_seconds",
            "from telling a device of a task to each step of its alert, as the device says",
            ["step"],
            buckets=ALERT_SECONDS,
            registry=registry,
        )
        self.receipts_ignored = Counter(
            "usher_receipts_ignored", "receipts of tasks that the device was never offered", registry=registry
        )

        self.kiosk_parts = Gauge(
            "usher_kiosk_part_failing",
            "1 while a part of a kiosk fails, 0 once it is mended",
            ["branch", "kiosk", "part", "which"],
            registry=registry,
        )

    def count_messages(self, inbound: Iterable[Inbound[AnyMessage]]) -> None:
        """Count messages by type."""
        for one in inbound:
            self.messages.labels(type=wire_type(type(one.data))).inc()
