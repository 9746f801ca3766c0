"""What a batch comes to: the objects to put, not yet anywhere."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class NewObject:
    key: str
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a mode makes of a batch: objects for the two zones, and how many events they hold."""

    silver: list[NewObject]
    bronze: list[NewObject]
    events: int
    quarantined_events: int
