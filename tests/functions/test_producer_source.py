"""The HTTP source, against a server on loopback: what arrives, and what each failure says."""

import gzip
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest
import urllib3
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.producer.source import MAX_BYTES, SourceError, documents, fetch

AT_ONCE = urllib3.Retry(total=2, redirect=3, backoff_factor=0, status_forcelist=(429, 503))
URL = "http://api/v2/beers/random"


@contextmanager
def serving(*answers):
    """A server of these (status, headers, body), the last for ever; its address, paths asked."""
    left, seen = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            status, headers, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v2/beers/random", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_array_gives_one_document_per_element_with_its_numbers_as_written():
    body = b'[ {"id": 1,\n "abv": 4.50},\n {"id": 12345678901234567890123, "abv": 1e2} ]'
    with serving((200, {}, body)) as (url, seen):
        assert fetch(url) == [
            b'{"id":1,"abv":4.50}',
            b'{"id":12345678901234567890123,"abv":1e2}',
        ]
    assert seen == ["/v2/beers/random"]


def test_an_object_gives_one_document_and_an_empty_array_none():
    assert documents(b' {"name": "Punk IPA"}\n', URL) == [b'{"name":"Punk IPA"}']
    assert documents(b"[]", URL) == []


def test_wrap_turns_each_element_into_what_the_shop_reads():
    with serving((200, {}, b'[{"id":1},{"id":2}]')) as (url, _):
        assert fetch(url, wrap=lambda data: b'{"page":%b}' % data) == [
            b'{"page":{"id":1}}',
            b'{"page":{"id":2}}',
        ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None, max_examples=50)  # a busy machine is no failure
@given(st.lists(json_values))
def test_documents_mean_what_the_answer_meant_and_hold_no_newline(elements):
    found = documents(msgspec.json.format(msgspec.json.encode(elements), indent=2), URL)
    assert [msgspec.json.decode(document) for document in found] == elements
    assert not any(b"\n" in document for document in found)


def test_a_server_that_recovers_is_asked_again():
    with serving((503, {}, b""), (429, {}, b""), (200, {}, b"[{}]")) as (url, seen):
        assert fetch(url, retries=AT_ONCE) == [b"{}"]
    assert len(seen) == 3


def test_a_server_that_does_not_recover_is_an_error_after_the_last_try():
    with (
        serving((503, {}, b"")) as (url, seen),
        pytest.raises(SourceError, match=r"did not answer: .*503"),
    ):
        fetch(url, retries=AT_ONCE)
    assert len(seen) == 3


def test_a_wrong_address_is_not_asked_twice():
    with (
        serving((404, {}, b"[]")) as (url, seen),
        pytest.raises(SourceError, match="status 404 Not Found"),
    ):
        fetch(url, retries=AT_ONCE)
    assert len(seen) == 1


def test_nobody_listening_is_an_error_that_names_the_address():
    with serving((200, {}, b"[]")) as (url, _):
        pass
    with pytest.raises(SourceError, match=f"{url} did not answer"):
        fetch(url, retries=AT_ONCE)


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://host/x", "https://", "http://["])
def test_only_http_addresses_with_a_host_are_asked(url):
    with pytest.raises(SourceError, match="give an http:// or https:// address"):
        fetch(url)


def test_a_redirect_to_a_file_is_not_followed():
    with (
        serving((302, {"Location": "file:///etc/passwd"}, b"")) as (url, _),
        pytest.raises(SourceError),
    ):
        fetch(url, retries=AT_ONCE)


def test_more_than_a_megabyte_is_refused_also_when_it_travels_compressed():
    body = b'["' + b"x" * MAX_BYTES + b'"]'
    packed = gzip.compress(body)
    for headers, sent in (({}, body), ({"Content-Encoding": "gzip"}, packed)):
        with (
            serving((200, headers, sent)) as (url, _),
            pytest.raises(SourceError, match="more than 1,048,576 bytes"),
        ):
            fetch(url)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>", "did not answer with JSON"),
        (b"", "did not answer with JSON"),
        (b'[{"a":1}', "did not answer with JSON"),
        (b'["\xff"]', "did not answer with JSON"),
        (b"42", "a JSON int"),
        (b"null", "a JSON NoneType"),
    ],
)
def test_an_answer_that_is_no_array_or_object_is_an_error(body, said):
    with pytest.raises(SourceError, match=said):
        documents(body, URL)
