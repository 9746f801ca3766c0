"""Order files for tests: the sample in the repo, and files made of rows or of raw dirty lines."""

import csv
from io import StringIO
from pathlib import Path

from hypothesis import strategies as st

from contract.order_lines import FileOrderLine
from jobs.order_file.header import FIELDS
from jobs.order_file.lines import Duplicate, Rejected, read_lines
from jobs.order_file.load import Listing, drop, load
from jobs.order_file.plan import Settings, plan_for
from jobs.order_file.results import Loaded

SAMPLE = Path(__file__).parent.parent / "data" / "online_retail_small.csv"
HEADER = ",".join(FIELDS)
GOOD = ("536365", "85123A", "LANTERN", "6", "13/12/2010", "2.55", "17850", "United Kingdom")


def good(**changes: str) -> tuple[str, ...]:
    """A row that can be loaded, with some fields changed."""
    row = dict(zip(FIELDS, GOOD, strict=True))
    assert changes.keys() <= row.keys()
    return tuple((row | changes).values())


def csv_line(row, delimiter=",") -> str:
    """One row as spreadsheets write it, without its line end. The csv module puts a field with line
    ends into quotes only if its own line end has the same signs, hence the two steps.
    """
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(row)
    return text.getvalue().removesuffix("\r\n")


def csv_bytes(rows, header=FIELDS, delimiter=",", line_end="\r\n", encoding="utf-8") -> bytes:
    lines = (csv_line(row, delimiter) + line_end for row in (header, *rows))
    return "".join(lines).encode(encoding)


def raw_file(*lines: str) -> bytes:
    return "\n".join((HEADER, *lines, "")).encode()


def read(
    source: bytes, settings: Settings | None = None
) -> tuple[list[FileOrderLine], list[Duplicate], list[Rejected]]:
    """Accepted lines, duplicates and rejected lines of a file."""
    plan = plan_for(source, settings or Settings())
    found = list(read_lines(source, plan, "orders.csv"))
    assert len(found) == plan.lines
    return (
        [line for line in found if isinstance(line, FileOrderLine)],
        [line for line in found if isinstance(line, Duplicate)],
        [line for line in found if isinstance(line, Rejected)],
    )


class Buckets:
    """The part of S3 that the job uses, in memory: objects by (bucket, key)."""

    def __init__(self):
        self.objects: dict[tuple[str, str], bytes] = {}

    def upload_file(self, Filename, Bucket, Key):  # noqa: N803
        self.objects[Bucket, Key] = Path(Filename).read_bytes()

    def download_file(self, Bucket, Key, Filename):  # noqa: N803
        Path(Filename).write_bytes(self.objects[Bucket, Key])

    def put_object(self, *, Bucket, Key, Body):  # noqa: N803
        self.objects[Bucket, Key] = Body

    def delete_object(self, *, Bucket, Key):  # noqa: N803
        self.objects.pop((Bucket, Key), None)

    def list_objects_v2(self, *, Bucket, Prefix) -> Listing:  # noqa: N803
        keys = sorted(k for b, k in self.objects if b == Bucket and k.startswith(Prefix))
        return {"Contents": [{"Key": key} for key in keys]} if keys else {}

    def keys(self, bucket: str) -> list[str]:
        return sorted(key for name, key in self.objects if name == bucket)


def load_file(path: Path, s3: Buckets | None = None, **options) -> Loaded:
    s3 = s3 or Buckets()
    drop(s3, bronze="bronze", path=path)
    return load(s3, bronze="bronze", silver="silver", file_name=path.name, **options)


# Each field now and then good and now and then not; few values, so that duplicates happen.
ids = st.sampled_from(["536365", "C536379", "85123A", " 22 ", "", "x" * 129, 'a"b', "é"])
names = st.one_of(
    st.sampled_from(
        ["", "LANTERN", "LANTERN ", 'SIZE 5"', '"SIZE" 5', "a,b", "a\nb", "a\r\n\r\nb"]
    ),
    st.text(max_size=20).filter(lambda text: "\0" not in text),
)
quantities = st.one_of(
    st.integers(-1_000_002, 1_000_002).map(str),
    st.sampled_from(
        ["6", "-6", "+6", "6.0", " 6 ", "6.5", "", "-", "six", "1e3", "1,000", "٣", "6."]
    ),
    st.text("0123456789+-., e", max_size=6),
)
prices = st.one_of(
    st.decimals(-1_000_001, 1_000_001, places=6).map(str),
    st.decimals(0, 100, places=2).map(str),
    st.sampled_from(
        ["2.55", "0", "-11.5", ".5", "5.", "1.0000001", "1.50000000", "£1", "", "2,55"]
    ),
    st.text("0123456789+-., e", max_size=6),
)
dates = st.one_of(
    st.dates().map(lambda day: f"{day.day}/{day.month}/{day.year:04}"),
    st.sampled_from(
        ["31/02/2010", "1/1/2010", "01/01/2010", "2010-01-01", "", "1/1/10", "1/1/1899"]
    ),
    st.text("0123456789/ ", max_size=10),
)
customers = st.sampled_from(["17850", "17850.0", " 17850", "", "NaN", "n/a", "17850.5", "y" * 129])
rows_of_fields = st.tuples(
    ids, ids, names, quantities, dates, prices, customers, st.sampled_from(["France", "", "EIRE "])
)


def _broken(draw_from: str, at: int, sign: str) -> str:
    at = min(at, len(draw_from))
    return draw_from[:at] + sign + draw_from[at:]


lines_of_text = st.one_of(
    st.just(csv_line(GOOD)),
    st.builds(lambda count: csv_line(good(Quantity=str(count))), st.integers(-3, 3)),
    rows_of_fields.map(csv_line),
    rows_of_fields.map(csv_line),
    st.builds(
        _broken, rows_of_fields.map(csv_line), st.integers(0, 60), st.sampled_from('",\n\r"')
    ),
    st.builds(_broken, st.just(csv_line(GOOD)), st.integers(0, 60), st.sampled_from('",\n\r"')),
    st.text(max_size=30),
    st.sampled_from(["", " ", ",,,,,,,", '"', '""', '"\n' * 25]),
)

line_ends = st.sampled_from(["\n", "\r\n", "\r"])
dirty_texts = st.builds(
    lambda start, lines, end, last: start + end.join((HEADER, *lines)) + last,
    st.sampled_from(["", "\ufeff"]),
    st.lists(lines_of_text, min_size=1, max_size=25),
    line_ends,
    st.sampled_from(["", "\n", "\r\n"]),
)
