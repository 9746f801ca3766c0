"""A small HTTP server that answers like GitHub's REST API, as far as comments and issues go.

What GitHub does to a client is a property here: pages, the limit of a text, tokens that may only
read, rate limits, errors, answers that get lost on the way.
"""

import json
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LONGEST = 65_536  # characters of a comment
REPOSITORY = "shop/platform"
ME = "github-actions[bot]"


@dataclass
class World:
    """What the server holds, and how it behaves."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    pulls: set[int] = field(default_factory=lambda: {42})
    may_write: bool = True
    token: str = "secret-token"  # noqa: S105 (of no server but this)
    login: str = ME
    asks_who: bool = False
    """Whether the token may ask for its own user, as a person's may."""
    longest: int = LONGEST
    lose_answers: int = 0
    """That many writes are obeyed, and the connection is cut before the answer."""
    failing: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    """Status, headers and message of the next writes, in place of an answer."""
    failing_reads: list[int] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    url: str = ""

    def add(self, body: str, login: str = ME) -> dict[str, Any]:
        number = len(self.comments) + 1
        comment = {
            "id": number,
            "body": body,
            "user": {"login": login},
            "html_url": f"{self.url}/{REPOSITORY}/pull/42#issuecomment-{number}",
            "url": f"{self.url}/repos/{REPOSITORY}/issues/comments/{number}",
        }
        self.comments.append(comment)
        return comment

    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.comments]

    def writes(self) -> list[str]:
        return [line for line in self.log if not line.startswith("GET")]


@contextmanager
def serving() -> Generator[World]:
    world = World()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(world))
    world.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Tests read the log of the world."""

        def do_GET(self) -> None:
            self._answer_with(self._read)

        def do_POST(self) -> None:
            self._answer_with(self._write)

        do_PATCH = do_DELETE = do_POST  # noqa: N815 (the names are the base class's)

        def _answer_with(self, answer) -> None:
            self.path_, query = urlsplit(self.path).path, urlsplit(self.path).query
            self.query = {key: values[0] for key, values in parse_qs(query).items()}
            world.log.append(f"{self.command} {self.path_}")
            self.sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") != f"token {world.token}":
                self._say(401, {"message": "Bad credentials"})
            else:
                answer()

        def _read(self) -> None:
            if world.failing_reads:
                self._say(world.failing_reads.pop(0), {"message": "Server Error"})
            elif self.path_ == "/user":
                refused = {"message": "Resource not accessible by integration"}
                self._say(*((200, {"login": world.login}) if world.asks_who else (403, refused)))
            elif found := self._matched(r"/issues/(\d+)/comments"):
                self._page(world.comments if int(found.group(1)) in world.pulls else None)
            elif self._matched("/issues"):
                by = [i for i in world.issues if i["user"]["login"] == self.query.get("creator")]
                self._page([one for one in by if one["state"] == self.query.get("state")])
            else:
                self._say(404, {"message": "Not Found"})

        def _write(self) -> None:
            if world.failing:
                status, headers, message = world.failing.pop(0)
                self._say(status, {"message": message}, headers)
            elif not world.may_write:
                self._say(403, {"message": "Resource not accessible by integration"})
            elif (body := self._body()) and len(body) > world.longest:
                limit = f"Body is too long (maximum is {world.longest} characters)"
                errors = [{"resource": "IssueComment", "code": "unprocessable", "message": limit}]
                self._say(422, {"message": "Validation Failed", "errors": errors})
            else:
                self._obey()

        def _obey(self) -> None:
            given = json.loads(self.sent or b"{}")
            if self.command == "POST" and self._matched(r"/issues/\d+/comments"):
                self._written(201, world.add(given["body"], world.login))
            elif self.command == "POST" and self._matched("/issues"):
                number = len(world.issues) + 1
                issue = {
                    "number": number,
                    "state": "open",
                    "user": {"login": world.login},
                    "html_url": f"{world.url}/{REPOSITORY}/issues/{number}",
                    "url": f"{world.url}/repos/{REPOSITORY}/issues/{number}",
                    **given,
                }
                world.issues.append(issue)
                self._written(201, issue)
            elif found := self._matched(r"/issues/comments/(\d+)"):
                one = next(c for c in world.comments if c["id"] == int(found.group(1)))
                if self.command == "DELETE":
                    world.comments.remove(one)
                    self._written(204, None)
                else:
                    one |= given
                    self._written(200, one)
            elif found := self._matched(r"/issues/(\d+)"):
                world.issues[int(found.group(1)) - 1] |= given
                self._written(200, world.issues[int(found.group(1)) - 1])
            else:
                self._say(404, {"message": "Not Found"})

        def _body(self) -> str:
            return json.loads(self.sent or b"{}").get("body", "")

        def _matched(self, pattern: str) -> re.Match[str] | None:
            return re.fullmatch(f"/repos/{REPOSITORY}{pattern}", self.path_)

        def _page(self, items: list[dict[str, Any]] | None) -> None:
            if items is None:
                self._say(404, {"message": "Not Found"})
                return
            size = min(int(self.query.get("per_page", 30)), 100)
            page = int(self.query.get("page", 1))
            links = {}
            if page * size < len(items):
                rest = "&".join(f"{k}={v}" for k, v in self.query.items() if k != "page")
                links = {"Link": f'<{world.url}{self.path_}?{rest}&page={page + 1}>; rel="next"'}
            self._say(200, items[(page - 1) * size : page * size], links)

        def _written(self, status: int, value: object) -> None:
            if world.lose_answers:
                world.lose_answers -= 1
                self.close_connection = True
                self.connection.close()
                return
            self._say(status, value)

        def _say(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
            content = b"" if value is None else json.dumps(value).encode()
            self.send_response(status, HTTPStatus(status).phrase)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            for name, text in (headers or {}).items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(content)

    return Handler
