"""What the runs of a job say of it, and how the workspace is asked: a server on loopback plays
Databricks.
"""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.databricks_status import handler as module
from functions.databricks_status.api import PAGE, StatusError, Workspace
from functions.databricks_status.handler import handler
from functions.databricks_status.runs import MINUTE_MS, Health, Run, health

UNTIL = 100 * 60 * MINUTE_MS
SINCE = UNTIL - 5 * MINUTE_MS
LOOKED_BACK = UNTIL - 48 * 60 * MINUTE_MS


def run(result: str | None = "SUCCESS", *, ended: int = 1, life: str = "TERMINATED") -> Run:
    """One that ended so many minutes before the look; without a result it is at work."""
    if result is None:
        return {"start_time": 0, "end_time": 0, "state": {"life_cycle_state": "RUNNING"}}
    end = UNTIL - ended * MINUTE_MS
    state = {"life_cycle_state": life, "result_state": result}
    return {"start_time": 0, "end_time": end, "state": state}  # pyright: ignore[reportReturnType]


def looked(*runs: Run) -> Health:
    return health(runs, since=SINCE, until=UNTIL, looked_back=LOOKED_BACK)


def test_a_stream_that_began_a_month_ago_and_is_at_work_is_well():
    assert looked(run(None)) == Health(failed_runs=0, minutes_since_good=0)


def test_a_stream_that_began_a_month_ago_and_failed_just_now_is_told():
    assert looked(run("FAILED", ended=2)) == Health(failed_runs=1, minutes_since_good=48 * 60)


def test_a_run_counts_in_the_period_in_which_it_ended_and_in_no_other():
    failed = run("FAILED", ended=3)
    for minutes in range(0, 30, 5):
        until = UNTIL + minutes * MINUTE_MS
        found = health([failed], since=until - 5 * MINUTE_MS, until=until, looked_back=LOOKED_BACK)
        assert found.failed_runs == (1 if minutes == 0 else 0)


@pytest.mark.parametrize(
    ("result", "failed"),
    [("TIMEDOUT", 1), ("FAILED", 1), ("CANCELED", 0), ("EXCLUDED", 0), ("SUCCESS", 0)],
)
def test_what_somebody_stopped_is_no_failure(result: str, failed: int):
    assert looked(run(result)).failed_runs == failed


def test_a_cluster_that_never_started_is_a_failure():
    broken: Any = {"start_time": 0, "end_time": UNTIL - 1}
    broken["state"] = {"life_cycle_state": "INTERNAL_ERROR"}
    assert looked(broken).failed_runs == 1


def test_a_skipped_run_is_neither_good_nor_bad():
    skipped = run("CANCELED", life="SKIPPED")
    assert looked(skipped, run(ended=60)) == Health(failed_runs=0, minutes_since_good=60)


def test_older_runs_than_an_alarm_waits_are_not_read():
    def endless() -> Iterator[Run]:
        yield run(ended=60)
        yield run("FAILED", ended=49 * 60)
        pytest.fail("it reads on")

    found = health(endless(), since=SINCE, until=UNTIL, looked_back=LOOKED_BACK)
    assert found.minutes_since_good == 60


@given(ages=st.lists(st.integers(0, 4000), max_size=8))
def test_the_age_of_the_newest_good_run_is_told_up_to_what_is_looked_at(ages: list[int]):
    found = looked(*(run(ended=age) for age in sorted(ages)))
    assert found.minutes_since_good == min([*ages, 48 * 60])


class Databricks(HTTPServer):
    """Hands out a token, then the pages of runs; `refuse` are answers to give before."""

    def __init__(self, pages: dict[str, list[list[Run]]], refuse: list[int]) -> None:
        self.pages, self.refuse = pages, refuse
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Databricks  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((self.path, parse_qs(body)))
        # of `principal:s3cret`
        known = self.headers["Authorization"] == "Basic cHJpbmNpcGFsOnMzY3JldA=="
        self._answer({"access_token": "t0ken"} if known else {})

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        fields = parse_qs(asked.query)
        self.server.asked.append((asked.path, fields))
        if self.headers["Authorization"] != "Bearer t0ken":
            self.send_error(401)
            return
        pages = self.server.pages[fields["job_id"][0]]
        number = int(fields.get("page_token", ["0"])[0])
        more = {"next_page_token": str(number + 1)} if number + 1 < len(pages) else {}
        self._answer({"runs": pages[number], **more})

    def _answer(self, document: dict[str, Any]) -> None:
        code = self.server.refuse.pop(0) if self.server.refuse else 200
        body = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests are quiet."""


@pytest.fixture
def databricks() -> Iterator[Databricks]:
    server = Databricks({"11": [[run(ended=9)]], "12": [[run(None)]]}, [])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_runs_come_page_by_page_and_only_as_they_are_asked_for(databricks: Databricks):
    databricks.pages["11"] = [[run(ended=1), run(ended=2)], [run(ended=3)], [run(ended=4)]]
    runs = Workspace(databricks.url, "principal", "s3cret").runs("11")
    first = [next(runs) for _ in range(3)]
    assert [(UNTIL - one["end_time"]) // MINUTE_MS for one in first] == [1, 2, 3]
    (path, login), *lists = databricks.asked
    assert path == "/oidc/v1/token"
    assert login == {"grant_type": ["client_credentials"], "scope": ["all-apis"]}
    assert [fields.get("page_token") for _, fields in lists] == [None, ["1"]]
    assert {fields["limit"][0] for _, fields in lists} == {str(PAGE)}


def test_a_busy_answer_is_asked_again(databricks: Databricks):
    databricks.refuse = [429, 503]
    assert len(list(Workspace(databricks.url, "principal", "s3cret").runs("12"))) == 1


@pytest.mark.parametrize("code", [400, 403])
def test_a_refusal_is_told_without_what_was_sent(databricks: Databricks, code: int):
    databricks.refuse = [code]
    with pytest.raises(StatusError, match=rf"POST .*/oidc/v1/token: HTTP {code}$") as told:
        Workspace(databricks.url, "principal", "s3cret")
    assert "s3cret" not in str(told.value)


def test_a_wrong_secret_is_no_silent_nothing(databricks: Databricks):
    with pytest.raises(StatusError, match="gave no token"):
        Workspace(databricks.url, "principal", "wrong")


class Secrets:
    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803
        return {"SecretString": {"the-login": "s3cret"}[SecretId]}


def test_the_handler_gives_a_metric_of_each_job_and_says_no_secret(
    databricks: Databricks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(module, "secrets", Secrets)
    for name, value in {
        "WORKSPACE_URL": databricks.url,
        "CLIENT_ID": "principal",
        "CLIENT_SECRET_NAME": "the-login",
        "JOBS": '{"history": "11", "enrich": "12"}',
        "PERIOD_MINUTES": "5",
        "METRIC_NAMESPACE": "ShopTrend/Databricks",
        "AWS_LAMBDA_FUNCTION_NAME": "databricks-status",
    }.items():
        monkeypatch.setenv(name, value)
    until = datetime.fromtimestamp(UNTIL / 1000, tz=UTC).isoformat()
    handler({"until": until}, None)
    out = capsys.readouterr().out
    assert "s3cret" not in out
    lines = [json.loads(line) for line in out.splitlines()]
    assert [(one["Job"], one["FailedRuns"], one["MinutesSinceGood"]) for one in lines] == [
        ("history", 0, 9),
        ("enrich", 0, 0),
    ]
    for one in lines:
        (directive,) = one["_aws"]["CloudWatchMetrics"]
        assert directive["Dimensions"] == [["FunctionName", "Job"]]
        assert one["_aws"]["Timestamp"] == UNTIL
