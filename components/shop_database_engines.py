"""What RDS must be told so that changes can be read from each engine.

Source of the parameters: DMS user guide, "Using a PostgreSQL database as a source" and "Using a
MySQL-compatible database as a source", each under AWS-managed databases.
"""

import re
from typing import Literal, Protocol

from components.rds_instance import Engine

EngineName = Literal["postgres", "mysql"]
POSTGRES: EngineName = "postgres"
MB_PER_GB = 1024

# (what a version may look like, what that is in words, how many of its parts name the family)
VERSIONS: dict[EngineName, tuple[str, str, int]] = {
    "postgres": (r"1[4-8](\.\d+)?", "14 to 18, e.g. 17 or 17.4", 1),
    "mysql": (r"8\.[04](\.\d+)?", "8.0 or 8.4, e.g. 8.4 or 8.4.3", 2),
}
PORTS: dict[EngineName, int] = {"postgres": 5432, "mysql": 3306}
LOGS: dict[EngineName, tuple[str, ...]] = {
    "postgres": ("postgresql", "upgrade"),
    "mysql": ("error", "slowquery"),
}


class Choice(Protocol):
    """What a section says of its engine."""

    @property
    def engine(self) -> EngineName: ...
    @property
    def engine_version(self) -> str: ...
    @property
    def database(self) -> str: ...
    @property
    def slot_wal_gb(self) -> int: ...


def engine_of(choice: Choice) -> Engine:
    """The engine that was chosen; raises ValueError for a version that it does not have."""
    allowed, words, parts = VERSIONS[choice.engine]
    if not re.fullmatch(allowed, choice.engine_version):
        raise ValueError(
            f"engine_version {choice.engine_version} is none of {choice.engine}: give {words}"
        )
    family = ".".join(choice.engine_version.split(".")[:parts])
    return Engine(
        name=choice.engine,
        family=f"{choice.engine}{family}",
        port=PORTS[choice.engine],
        parameters=_postgres(choice.slot_wal_gb) if choice.engine == POSTGRES else _mysql(),
        logs=LOGS[choice.engine],
        database=choice.database,
    )


def _postgres(slot_wal_gb: int) -> list[dict[str, str]]:
    return [
        {"name": "rds.force_ssl", "value": "1"},
        # Static, as all that decides what is written to the log.
        {"name": "rds.logical_replication", "value": "1", "apply_method": "pending-reboot"},
        # By default a reader is hung up on after a minute without a sign of life; DMS asks for 0.
        {"name": "wal_sender_timeout", "value": "0"},
        {"name": "max_slot_wal_keep_size", "value": str(slot_wal_gb * MB_PER_GB)},
    ]


def _mysql() -> list[dict[str, str]]:
    return [
        {"name": "require_secure_transport", "value": "1"},
        {"name": "binlog_format", "value": "ROW"},
        {"name": "binlog_row_image", "value": "full"},
        # DMS reads no checksums.
        {"name": "binlog_checksum", "value": "NONE"},
    ]
