"""The ready-made fetcher: what a server, or whoever stands in for it, can do to a program that asks it."""

from __future__ import annotations

import datetime
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from keyserver import Answer, KeyServer, answers, drips, drips_headers, endless, says, slow
from pinjwt._fetch import Fetcher

LIMIT = 1048576


def fetch(server: KeyServer, timeout: float = 5.0, path: str = "") -> bytes:
    return Fetcher(True, timeout, None)(server.url + path, LIMIT)


def test_a_document_comes_whole(server: KeyServer) -> None:
    server.answer = answers(b"x" * LIMIT)
    assert fetch(server) == b"x" * LIMIT
    server.answer = answers(b"")
    assert fetch(server) == b""
    assert fetch(server, path="?a=b&c#fragment") == b""
    assert server.paths[-1] == "/keys?a=b&c"


def test_a_document_in_chunks_comes_whole(server: KeyServer) -> None:
    server.answer = says(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n"
    )
    assert fetch(server) == b"abcdef"
    server.answer = says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab")
    with pytest.raises(http.client.IncompleteRead):
        fetch(server)


@pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 303, 307, 308, 401, 404, 429, 500, 503])
def test_no_status_is_taken_but_200(server: KeyServer, status: int) -> None:
    server.answer = answers(b"" if status == 204 else b"keys", status, Location=server.url)
    with pytest.raises(OSError, match=str(status)):
        fetch(server)
    assert server.count == 1


def test_redirects_are_not_followed(server: KeyServer) -> None:
    other = KeyServer()
    try:
        other.answer = answers("keys")
        server.answer = answers("", 302, Location=other.url)
        with pytest.raises(OSError, match="302"):
            fetch(server)
        assert other.count == 0
    finally:
        other.stop()


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "data:,x",
        "/etc/passwd",
        "",
        "http:",
        "http://a:b@127.0.0.1/",
    ],
)
def test_other_urls_are_not_fetched(url: str) -> None:
    with pytest.raises(ValueError, match=r"Only https|has no host"):
        Fetcher(True, 1, None)(url, LIMIT)


def test_http_is_not_fetched_where_it_is_not_allowed(server: KeyServer) -> None:
    with pytest.raises(ValueError, match="Only https"):
        Fetcher(False, 1, None)(server.url, LIMIT)
    assert server.count == 0


@pytest.mark.parametrize("length", [True, False])
def test_of_fifty_megabytes_no_more_is_read_than_the_limit(server: KeyServer, length: bool) -> None:
    server.answer = endless(50_000_000, length)
    with pytest.raises(OSError, match="1048576"):
        fetch(server)
    # What the sockets' buffers hold comes on top; it is far from all.
    assert server.answer.sent[0] < 30_000_000  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "answer",
    [
        slow(3, answers(b"late")),
        drips(b"x" * 1000, 0.05),
        drips_headers(0.05),
        says(b"HTTP/1.1 100 Continue\r\n\r\n" * 10 + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"),
    ],
)
def test_no_server_holds_it_longer_than_the_timeout(server: KeyServer, answer: Answer) -> None:
    server.answer = answer
    start = time.monotonic()
    with pytest.raises(OSError, match=r"timed out|more than|ended before"):
        fetch(server, timeout=0.4)
    assert time.monotonic() - start < 2.5


def test_a_silent_tls_server_holds_it_no_longer_than_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(OSError, match="timed out"):
            Fetcher(False, 0.4, None)(f"https://127.0.0.1:{silent.getsockname()[1]}/", LIMIT)
        assert time.monotonic() - start < 2.5


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 100,
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_rubbish_is_an_error_that_can_be_caught(server: KeyServer, raw: bytes) -> None:
    server.answer = says(raw)
    with pytest.raises((OSError, http.client.HTTPException)):
        fetch(server)


def test_nobody_listens(server: KeyServer) -> None:
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        fetch(server)


def test_an_address_that_is_silent_leaves_time_for_the_next(
    server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = answers("keys")
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent:
        # Its queue is full: what else wants to connect waits.
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(silent.getsockname())
        addresses = [silent.getsockname(), ("127.0.0.1", int(server.url.split(":")[2].split("/")[0]))]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert fetch(server, timeout=1.0) == b"keys"
        for each in waiting:
            each.close()


def test_proxies_of_the_environment_are_not_used(server: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.answer = answers("keys")
    assert fetch(server) == b"keys"


def test_threads_share_a_fetcher(server: KeyServer) -> None:
    server.answer = answers("keys")
    shared, got = Fetcher(True, 5, None), []
    threads = [threading.Thread(target=lambda: got.append(shared(server.url, LIMIT))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [b"keys"] * 8


class Authority:
    """A certificate authority of our own, and a certificate for one address."""

    def __init__(self, folder: Path, address: str) -> None:
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.timezone.utc)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pinjwt test")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        self.certificate = folder / "certificate.pem"
        self.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self.key = folder / "key.pem"
        self.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

    def server(self) -> KeyServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return KeyServer(context)


@pytest.fixture
def tls(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[KeyServer, ssl.SSLContext]]:
    authority = Authority(tmp_path, getattr(request, "param", "127.0.0.1"))
    running = authority.server()
    running.answer = answers("keys")
    yield running, ssl.create_default_context(cafile=str(authority.certificate))
    running.stop()


def test_a_certificate_of_a_known_authority_is_taken(tls: tuple[KeyServer, ssl.SSLContext]) -> None:
    server, trusting = tls
    assert Fetcher(False, 5, trusting)(server.url, LIMIT) == b"keys"


def test_a_certificate_of_an_unknown_authority_is_refused(tls: tuple[KeyServer, ssl.SSLContext]) -> None:
    server, _ = tls
    with pytest.raises(ssl.SSLCertVerificationError):
        Fetcher(True, 5, None)(server.url, LIMIT)
    assert server.count == 0


@pytest.mark.parametrize("tls", ["127.0.0.2"], indirect=True)
def test_a_certificate_of_another_host_is_refused(tls: tuple[KeyServer, ssl.SSLContext]) -> None:
    server, trusting = tls
    with pytest.raises(ssl.SSLCertVerificationError):
        Fetcher(False, 5, trusting)(server.url, LIMIT)
    assert server.count == 0


def test_a_dripping_tls_server_holds_it_no_longer_than_the_timeout(
    tls: tuple[KeyServer, ssl.SSLContext],
) -> None:
    server, trusting = tls
    server.answer = drips(b"x" * 1000, 0.05)
    start = time.monotonic()
    with pytest.raises(OSError, match=r"timed out|more than"):
        Fetcher(False, 0.5, trusting)(server.url, LIMIT)
    assert time.monotonic() - start < 2.5
