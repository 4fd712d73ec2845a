"""A server that speaks the protocol of Redis and answers what a test wants it to."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Final

INFO: Final = b"# Server\r\nredis_version:7.0.15\r\n# Memory\r\nmaxmemory_policy:noeviction\r\n"

Answer = bytes | None


def bulk(text: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(text), text)


class FakeServer:
    """`answer` gets a command and gives the reply; None hangs up. What opening asks for is answered."""

    def __init__(self, answer: Callable[[list[bytes]], Answer]) -> None:
        self._answer = answer
        self.commands: list[list[bytes]] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen)
        self._threads: list[threading.Thread] = []
        self._thread.start()

    def __enter__(self) -> FakeServer:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        self._thread.join()
        for thread in self._threads:
            thread.join()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def hang_up(self) -> None:
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def count(self, name: bytes) -> int:
        return sum(command[0] == name for command in self.commands)

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=[connection])
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as file, contextlib.suppress(OSError, ValueError):
            while line := file.readline():
                command = []
                for _ in range(int(line[1:])):
                    length = int(file.readline()[1:])
                    command.append(file.read(length + 2)[:-2])
                self.commands.append(command)
                reply = self._reply(command)
                if reply is None:
                    break
                connection.sendall(reply)

    def _reply(self, command: list[bytes]) -> Answer:
        if command[0] == b"INFO":
            return bulk(INFO)
        if command[0] in (b"EVAL", b"EVALSHA") and b"pinjwt:schema" in command:
            return bulk(b"1")
        return self._answer(command)
