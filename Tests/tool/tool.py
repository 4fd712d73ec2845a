"""Runs the tool as a process, with pipes or on a terminal, and makes keys and tokens without it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pty
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "build" / "bin" / "pinjwt"
SECRET = hashlib.sha512(b"a secret").digest()

DONE, REFUSED, USAGE = 0, 1, 2


@dataclass
class Result:
    """How a run ended."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed on one line as JSON."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


def environment(**extra: str) -> dict[str, str]:
    """An environment in which nothing speaks against colours."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    return {**kept, "TERM": "xterm-256color", **extra}


def run(*arguments: str | Path, stdin: bytes = b"") -> Result:
    """A run with pipes."""
    ended = subprocess.run(
        [PATH, *arguments], input=stdin, capture_output=True, env=environment(), timeout=60
    )
    return Result(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def done(*arguments: str | Path, stdin: bytes = b"") -> str:
    """What a run prints that must go well."""
    result = run(*arguments, stdin=stdin)
    assert (result.status, result.err) == (DONE, ""), result
    return result.out


def on_terminal(
    *arguments: str | Path, typed: bytes = b"", extra: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """A run whose input, output and errors are a terminal, with all that appears there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [PATH, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**extra or {})
    ) as process:
        os.close(theirs)
        if typed:
            os.write(ours, typed)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # The other side is closed.
                break
            if not piece:
                break
            seen += piece
        os.close(ours)
        return process.wait(timeout=60), seen


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(header: Any, payload: Any, signature: bytes = b"forged") -> str:
    """A token over anything."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
    return ".".join([*map(b64, parts), b64(signature)])


def parts(token: str) -> tuple[Any, Any]:
    """Header and payload of a token."""
    header, payload, _ = token.split(".")
    return json.loads(unb64(header)), json.loads(unb64(payload))


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def now() -> int:
    return int(time.time())


def private_file(path: Path, content: bytes | str) -> Path:
    """A file that only its owner can open."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(0o600)
    return path


def openssl(*arguments: str | Path, stdin: bytes = b"") -> bytes:
    """The command line of OpenSSL, which never gets a terminal to ask on."""
    return subprocess.run(["openssl", *arguments], input=stdin, check=True, capture_output=True).stdout
