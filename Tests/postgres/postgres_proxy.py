"""A network between a store and its server that fails at a chosen message."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Final

HOST: Final = "127.0.0.1"

#: Says of what a client sends whether the connection is to end there.
Cut = Callable[[bytes], bool]


def never(_: bytes) -> bool:
    return False


class Proxy:
    """Forwards connections to a server's port.

    Where `before` says so of what a client sends, the connection ends and the server never sees it. Where
    `after` says so, the server does it, and the connection ends in place of its answer. Each does so once.
    """

    def __init__(self, port: int) -> None:
        self.before: Cut = never
        self.after: Cut = never
        self.connections = 0
        self._target = port
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        self.reset()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection((HOST, self._target))
            self._pairs.append((client, server))
            swallow = threading.Event()
            threading.Thread(target=self._requests, args=(client, server, swallow), daemon=True).start()
            threading.Thread(target=self._answers, args=(client, server, swallow), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket, swallow: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self.before(data):
                    self.before = never
                    break
                if self.after(data):
                    self.after = never
                    swallow.set()
                server.sendall(data)
        end(client)
        end(server)

    def _answers(self, client: socket.socket, server: socket.socket, swallow: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if swallow.is_set():
                    break
                client.sendall(data)
        end(client)

    def reset(self) -> None:
        """End all connections as a firewall does: what comes next gets a reset."""
        pairs, self._pairs = self._pairs, []
        for client, server in pairs:
            end(client)
            end(server)


def end(connection: socket.socket) -> None:
    """Close at once, with a reset; a thread that reads from it stops."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
