"""order_etl: the order files that arrived on the day, from bronze to silver (`jobs.order_file`).

A file belongs to the day (UTC) on which it was last written; loading it again replaces what it
brought before. A file that cannot be read stops no other.
"""

from collections.abc import Iterator
from datetime import UTC
from pathlib import PurePosixPath
from typing import Any

from jobs.order_file.errors import OrderFileError
from jobs.order_file.load import load
from jobs.order_file.names import DROP, drop_key
from pipelines.commands.work import CommandFailed, Work


def run(work: Work) -> str:
    s3, places = work.client("s3"), work.places
    failures: list[str] = []
    files = lines = 0
    for name in arrived(s3, places.bronze_bucket, work):
        try:
            loaded = load(
                s3, bronze=places.bronze_bucket, silver=places.silver_bucket, file_name=name
            )
        except OrderFileError as error:
            failures.append(f"{name}: {error}")
            continue
        files += 1
        lines += loaded.totals.lines
    if failures:
        raise CommandFailed(f"{len(failures)} order files cannot be read: {'; '.join(failures)}")
    return f"{files} order files of {work.day}, {lines} lines"


def arrived(s3: Any, bucket: str, work: Work) -> Iterator[str]:  # noqa: ANN401
    """Names of the files of the day, in order. Raises `CommandFailed` for one whose name would not
    lead `load` back to it.
    """
    for entry in dropped(s3, bucket):
        if entry["LastModified"].astimezone(UTC).date() == work.day:
            yield name_of(entry["Key"])


def dropped(s3: Any, bucket: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """Every file in the drop folder, as S3 lists it."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{DROP}/"):
        yield from (entry for entry in page.get("Contents", ()) if not entry["Key"].endswith("/"))


def name_of(key: str) -> str:
    name = PurePosixPath(key).name
    if drop_key(name) != key:
        raise CommandFailed(
            f"{key} cannot be loaded under that name: call it {DROP}/<letters, digits, _ and ->.csv"
        )
    return name
