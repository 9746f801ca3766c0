"""A small stack on the emulator, made with boto3: buckets, catalog, workgroup, alerts that can be
read, and the function that runs commands from the archive that the program deploys.
"""

import io
import json
import time
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from components.pipeline_runner import HANDLER, runner_files
from contract.gold import gold
from contract.tables import EVENTS, ORDER_LINES, Table
from jobs.order_file.names import DROP
from local.access import Access
from local.emulator import ACCOUNT, REGION
from pipelines.places import VARIABLE, Places, to_json
from tests.graph import ROOT
from tests.warehouse import shop

SAMPLE = ROOT / "tests" / "data" / "online_retail_small.csv"
BUCKETS = ("bronze", "silver", "gold", "results")
HIVE = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    },
}
CRM = [
    {
        "customer_id": customer,
        "email": f"{customer.lower()}@shop.example",
        "status": status,
        "created_at": created_at,
    }
    for customer, status, created_at in (
        ("C1", "active", "2025-03-01T08:00:00"),
        ("C2", "closed", "2025-03-02T08:00:00"),
        ("C3", "active", "2025-03-03T23:59:59"),
    )
]


@dataclass(kw_only=True)
class Stack:
    """The stack, and what its alerts said."""

    access: Access
    queue: str = ""
    topic: str = ""
    role: str = f"arn:aws:iam::{ACCOUNT}:role/pipeline"
    day: date = field(default_factory=lambda: datetime.now(UTC).date())

    def client(self, service: str) -> Any:
        return self.access.client(service)

    def places(self, **changes: Any) -> Places:
        given: Any = {
            **{f"{zone}_bucket": zone for zone in ("bronze", "silver", "gold")},
            "silver_database": "silver",
            "gold_database": "gold",
            "workgroup": "shop",
            "alert_topic_arn": self.topic,
            "time_zone": "Europe/Lisbon",
        }
        return Places(**(given | changes))

    def put(self, bucket: str, key: str, body: bytes) -> None:
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=body)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        pages = self.client("s3").get_paginator("list_objects_v2")
        return [
            entry["Key"]
            for page in pages.paginate(Bucket=bucket, Prefix=prefix)
            for entry in page.get("Contents", ())
        ]

    def rows(self, sql: str, database: str = "gold") -> list[tuple[str, ...]]:
        """What Athena answers, as texts."""
        athena = self.client("athena")
        query = athena.start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": database}, WorkGroup="shop"
        )["QueryExecutionId"]
        while True:
            status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            if status["State"] == "SUCCEEDED":
                break
            assert status["State"] in ("QUEUED", "RUNNING"), status
            time.sleep(0.05)
        found = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1:]
        return [tuple(cell.get("VarCharValue", "") for cell in row["Data"]) for row in found]

    def alerts(self) -> list[tuple[str, str]]:
        """Subject and message of what was published since the last look."""
        sqs = self.client("sqs")
        found: list[tuple[str, str]] = []
        while messages := sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=1
        ).get("Messages"):
            for message in messages:
                told = json.loads(message["Body"])
                found.append((told["Subject"], told["Message"]))
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def state(self) -> dict[str, str]:
        """Fingerprint of every object that a run may write but results of queries."""
        s3 = self.client("s3")
        return {
            f"{bucket}/{key}": s3.head_object(Bucket=bucket, Key=key)["ETag"]
            for bucket in ("bronze", "silver", "gold")
            for key in self.keys(bucket)
        }


def create(access: Access) -> Stack:
    """Everything but data."""
    stack = Stack(access=access)
    s3 = stack.client("s3")
    for bucket in BUCKETS:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    glue = stack.client("glue")
    for zone, tables in (("silver", (EVENTS, ORDER_LINES)), ("gold", gold())):
        glue.create_database(DatabaseInput={"Name": zone})
        for table in tables:
            glue.create_table(DatabaseName=zone, TableInput=_described(zone, table))
    stack.client("athena").create_work_group(
        Name="shop",
        Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/athena/"}},
    )
    stack.topic = stack.client("sns").create_topic(Name="alerts")["TopicArn"]
    stack.queue = stack.client("sqs").create_queue(QueueName="alerts")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:alerts"
    stack.client("sns").subscribe(TopicArn=stack.topic, Protocol="sqs", Endpoint=arn)
    return stack


def _described(zone: str, table: Table) -> dict[str, Any]:
    def columns(given: Any) -> list[dict[str, str]]:
        return [{"Name": column.name, "Type": column.type} for column in given]

    return {
        "Name": table.name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": columns(table.partitions),
        "StorageDescriptor": {
            **HIVE,
            "Location": f"s3://{zone}/{table.prefix}/",
            "Columns": columns(table.columns),
        },
    }


def fill(stack: Stack, folder: Any) -> None:
    """A day: events in bronze and silver, an order file, and an export of the CRM."""
    s3 = stack.client("s3")
    s3.upload_file(str(SAMPLE), "bronze", f"{DROP}/sample.csv")
    # The emulator says when the file arrived, hence which day this is.
    stack.day = s3.head_object(Bucket="bronze", Key=f"{DROP}/sample.csv")["LastModified"].date()
    stack.put("bronze", f"raw/events/{stack.day:%Y/%m/%d}/1.json", b"{}\n")
    export = "".join(json.dumps(row) + "\n" for row in CRM)
    stack.put("bronze", f"crm/{stack.day:%Y/%m/%d}/customers.json", export.encode())
    shop.write_events(folder, events_of(stack.day), "shard-a")
    for path in folder.rglob("*.parquet"):
        s3.upload_file(str(path), "silver", str(path.relative_to(folder)))


def events_of(day: date) -> list[Any]:
    """Two orders of three lines, and a page that was only looked at, all on the day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    minutes = int((midnight - shop.START).total_seconds() // 60) + 10
    return [
        shop.seen("d1", "D1", minutes),
        shop.order(
            "d2", "D1", "DO1", minutes + 1,
            shop.line("DL1", "P1", 3, 19_990_000), shop.line("DL2", "P2", 1, 1_000_000),
        ),
        shop.order("d3", "D2", "DO2", minutes + 2, shop.line("DL3", "P1", 2, 19_990_000)),
    ]  # fmt: skip


def runner(stack: Stack, places: Places, name: str = "runner") -> str:
    """The function, from the files that the program deploys; nothing else is on its path."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in runner_files():
            zipped.write(ROOT / path, path)
    stack.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=stack.role,
        Handler=HANDLER,
        Code={"ZipFile": archive.getvalue()},
        Timeout=300,
        MemorySize=1024,
        Environment={"Variables": {VARIABLE: to_json(places)}},
    )
    return name
