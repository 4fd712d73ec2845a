"""Fetching one document, with limits on all that a server can do to us."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from contextlib import closing
from typing import Any
from urllib.parse import SplitResult, urlsplit

from . import _abi
from ._errors import argument

#: In seconds; what is much longer, sockets do not take.
_LONGEST = 3600
_PORTS = {"https": 443, "http": 80}
_HEADERS = {
    "Accept": "application/jwk-set+json, application/json",
    "Connection": "close",
    "User-Agent": "pinjwt-python/" + _abi.version_string().decode("ascii"),
}


class Fetcher:
    """Gets documents over HTTPS: no redirects, no proxies, status 200 only, limited in size and time."""

    def __init__(self, allow_http: bool, timeout: float, context: ssl.SSLContext | None) -> None:
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
            raise TypeError(f"timeout must be a number, not {type(timeout).__name__}")
        if not 0 < timeout <= _LONGEST:
            raise argument("timeout", f"The timeout must be over 0 and at most {_LONGEST} seconds.")
        self._allow_http = bool(allow_http)
        self._timeout = timeout
        self._context = ssl.create_default_context() if context is None else context

    def __call__(self, url: str, max_size: int) -> bytes:
        """Return the document at a URL, or raise an OSError, ValueError or HTTPException."""
        address = urlsplit(url)
        if address.scheme != "https" and not (address.scheme == "http" and self._allow_http):
            raise ValueError("Only https is fetched, and http where it is allowed.")
        if not address.hostname or address.username is not None or address.password is not None:
            raise ValueError("The URL has no host, or a user name, which is not sent.")
        deadline = _Deadline(self._timeout)
        with self._connect(address, deadline) as connected:
            return _get(connected, address, deadline, max_size)

    def _connect(self, address: SplitResult, deadline: _Deadline) -> socket.socket:
        host = address.hostname or ""
        connected = _dial(host, _port(address), deadline)
        if address.scheme == "http":
            return connected
        try:
            deadline.limit(connected)  # of the whole handshake
            return self._context.wrap_socket(connected, server_hostname=host)
        except BaseException:
            connected.close()
            raise


def _port(address: SplitResult) -> int:
    return address.port or _PORTS[address.scheme]


class _Deadline:
    """The end of the time for one document."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def limit(self, connected: socket.socket, shares: int = 1) -> None:
        """Let the next operation take no longer than the time that is left, or its share of that."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"The server took more than {self._seconds:g} seconds.")
        connected.settimeout(left / shares)


def _dial(host: str, port: int, deadline: _Deadline) -> socket.socket:
    """Connect to the first address of a host that answers; a silent one leaves time for the others."""
    failed: OSError = OSError("The host has no address.")
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for index, (family, kind, protocol, _, address) in enumerate(found):
        connected = socket.socket(family, kind, protocol)
        try:
            deadline.limit(connected, shares=len(found) - index)
            connected.connect(address)
            return connected
        except OSError as error:
            connected.close()
            failed = error
        except BaseException:
            connected.close()
            raise
    raise failed


def _get(connected: socket.socket, address: SplitResult, deadline: _Deadline, max_size: int) -> bytes:
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    with closing(http.client.HTTPConnection(address.hostname or "", _port(address))) as connection:
        connection.default_port = _PORTS[address.scheme]  # which the header Host leaves out
        connection.sock = _Timed(connected, deadline)
        connection.request("GET", target, headers=_HEADERS)
        with connection.getresponse() as response:
            if response.status != 200:
                raise OSError(f"The server answered with status {response.status}; only 200 is taken.")
            expected = response.length
            if expected is not None and expected > max_size:
                raise OSError(f"The document has over {max_size} bytes, the maximum size.")
            document = response.read(max_size + 1)
    if len(document) > max_size:
        raise OSError(f"The document has over {max_size} bytes, the maximum size.")
    if expected is not None and len(document) != expected:
        raise OSError("The connection ended before the document did.")
    return document


class _Timed:
    """What http.client needs of a socket, each operation limited by the deadline of all."""

    def __init__(self, connected: socket.socket, deadline: _Deadline) -> None:
        self._connected = connected
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        """Send the request."""
        self._deadline.limit(self._connected)
        self._connected.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Make what the response is read from."""
        return io.BufferedReader(_Reader(self._connected, self._deadline))

    def close(self) -> None:
        """Leave the closing to who connected: a response may still be read."""


class _Reader(io.RawIOBase):
    """Reads from a socket until the deadline, however few bytes each read brings."""

    def __init__(self, connected: socket.socket, deadline: _Deadline) -> None:
        self._connected = connected
        self._deadline = deadline

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what is there, or wait for it."""
        self._deadline.limit(self._connected)
        return self._connected.recv_into(buffer)
