"""The one S3 request that the consumer makes, as a server sees it."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.credentials import Credentials

from functions.consumer.s3 import S3Store, StoreError, s3_store

KEY = "events/year=2026/a b+é~%.parquet"
DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>no</Message></Error>"


@dataclass
class Server:
    """Answers what `answers` says, 200 when it is empty; remembers what came."""

    url: str = ""
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    seen = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen.requests.append((self.path, headers, body))
            status, answer = seen.answers.pop(0) if seen.answers else (200, b"")
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    seen.url = f"http://127.0.0.1:{http.server_port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", seen.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token/of+role==")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr("functions.consumer.s3._RETRY", urllib3.Retry(2, status_forcelist=[503]))
    s3_store.cache_clear()
    yield seen
    if s3_store.cache_info().currsize:
        s3_store().pool.clear()
    s3_store.cache_clear()
    http.shutdown()
    thread.join()
    http.server_close()


def test_an_object_is_sent_as_boto3_sends_it(server: Server):
    s3_store().put("silver", KEY, b"PAR1")
    boto3.client("s3", config=Config(s3={"addressing_style": "path"})).put_object(
        Bucket="silver", Key=KEY, Body=b"PAR1"
    )
    (path, headers, body), (boto3_path, boto3_headers, boto3_body) = server.requests
    assert (path, body) == (boto3_path, boto3_body)
    assert headers["x-amz-security-token"] == boto3_headers["x-amz-security-token"]
    assert headers["x-amz-content-sha256"] == hashlib.sha256(b"PAR1").hexdigest()
    scope, boto3_scope = (
        each["authorization"].partition(", SignedHeaders=")[0] for each in (headers, boto3_headers)
    )
    assert scope == boto3_scope
    assert "host;x-amz-content-sha256;x-amz-date;x-amz-security-token" in headers["authorization"]


def test_the_endpoint_of_s3_alone_comes_first(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"{server.url}/")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    s3_store().put("silver", "key", b"")
    assert server.requests[0][0] == "/silver/key"


def test_a_busy_server_is_asked_again(server: Server):
    server.answers = [(503, b""), (503, b"")]
    s3_store().put("silver", "key", b"body")
    assert [body for _, _, body in server.requests] == [b"body"] * 3


def test_a_server_that_stays_busy_is_an_error(server: Server):
    server.answers = [(503, b"<Error><Code>SlowDown</Code></Error>")] * 3
    with pytest.raises(StoreError, match="s3://silver/key: "):
        s3_store().put("silver", "key", b"body")


def test_a_refusal_names_the_object_and_the_code_and_is_not_repeated(server: Server):
    server.answers = [(403, DENIED)]
    with pytest.raises(StoreError, match="s3://silver/key: 403 AccessDenied"):
        s3_store().put("silver", "key", b"body")
    assert len(server.requests) == 1


def test_a_redirect_is_an_error_and_is_not_followed(server: Server):
    server.answers = [(301, b"<Error><Code>PermanentRedirect</Code></Error>")]
    with pytest.raises(StoreError, match="301 PermanentRedirect"):
        s3_store().put("silver", "key", b"body")


def test_a_server_that_is_not_there_is_an_error(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(StoreError, match="s3://silver/key: "):
        s3_store().put("silver", "key", b"body")


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "https://silver.s3.eu-west-1.amazonaws.com"),
        ("cn-north-1", "https://silver.s3.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_without_an_endpoint_the_bucket_is_in_the_host(region: str, host: str):
    urls: list[str] = []

    class Pool(urllib3.PoolManager):
        def urlopen(self, method: str, url: str, *_: Any, **__: Any) -> Any:
            urls.append(url)
            return urllib3.HTTPResponse(status=200)

    credentials = Credentials("key", "secret")
    store = S3Store(credentials=credentials, region=region, endpoint=None, pool=Pool())
    store.put("silver", "a=1/é.txt", b"")
    assert urls == [f"{host}/a%3D1/%C3%A9.txt"]


def test_missing_credentials_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3_store.cache_clear()
    with pytest.raises(StoreError, match="no AWS credentials or no region"):
        s3_store()
