"""Services that do not answer: a port that takes requests and says nothing, and one that does as it
is told and never says so.
"""

import http.client
import http.server
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit


@contextmanager
def silent() -> Generator[str]:
    """Takes connections, does nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def mute(behind: str) -> Generator[tuple[str, threading.Event]]:
    """Hands every write on to the service `behind`, and keeps its answer to itself; the event is
    set when the first one was done.
    """
    done, over = threading.Event(), threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            service = http.client.HTTPConnection(urlsplit(behind).netloc)
            service.request("PUT", self.path, body, dict(self.headers))
            service.getresponse().read()
            service.close()
            done.set()
            over.wait(60)

        def log_message(self, format, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", done
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
