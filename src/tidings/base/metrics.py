"""What the server counts about itself, for `/metrics`."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


class Metrics:
    """The counters of one process; a scrape sums them over all processes of the server."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.requests = Counter(
            "tidings_requests",
            "Requests answered.",
            ["route", "status"],
            registry=registry,
        )
        self.refusals = Counter(
            "tidings_refusals",
            "Requests refused, by reason (docs/errors.md).",
            ["route", "reason"],
            registry=registry,
        )
        self.commit_seconds = Histogram(
            "tidings_commit_seconds",
            "Time to make a group of batches durable.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.commit_batches = Histogram(
            "tidings_commit_batches",
            "Requests made durable by one commit.",
            buckets=_SIZES,
            registry=registry,
        )
        self.commit_records = Histogram(
            "tidings_commit_records",
            "Events and profile changes made durable by one commit.",
            buckets=_SIZES,
            registry=registry,
        )
        self.queued_records = Gauge(
            "tidings_queued_records",
            "Records accepted and not yet in a commit.",
            registry=registry,
            multiprocess_mode="livesum",
        )
