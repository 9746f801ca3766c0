"""Only labels of the merged pull request count, and one that cannot be read is no missing one."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from automation import labels
from automation.errors import UserError

COMMIT = "c" * 40


@contextmanager
def serving(status, pulls):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

        def do_GET(self):
            known = f"/repos/shop/platform/commits/{COMMIT}"
            body = pulls if self.path.startswith(f"{known}/pulls") else {"sha": COMMIT}
            body = json.dumps(body if status == 200 else {"message": "no"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def pull(*names, merged=True):
    return {
        "number": 1,
        "merged_at": "2026-11-25T09:00:00Z" if merged else None,
        "labels": [{"name": name} for name in names],
    }


def test_labels_of_merged_pull_requests_are_read_and_of_open_ones_are_not():
    answers = [pull("b", "a"), pull("allow-data-loss:lake-gold", merged=False)]
    with serving(200, answers) as url:
        assert labels.of_merged("shop/platform", COMMIT, "token", url) == ["a", "b"]


def test_labels_that_cannot_be_read_are_an_error():
    with (
        serving(404, []) as url,
        pytest.raises(UserError, match="give the job `pull-requests: read`"),
    ):
        labels.of_merged("shop/platform", COMMIT, "token", url)
