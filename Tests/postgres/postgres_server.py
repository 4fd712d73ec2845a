"""A PostgreSQL server on loopback, with a folder of its own."""

from __future__ import annotations

import copy
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
PATIENCE: Final = 30.0
PASSWORD: Final = "correct horse battery"


def programs() -> Path:
    """Where the server's programs are; only some of them are on the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise RuntimeError("PostgreSQL is missing: install Debian's package postgresql")
    return found[-1].parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _account() -> Callable[[], None] | None:
    """The server does not run as root: what makes it another user's."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("postgres")

    def become() -> None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return become


class Server:
    """A server that is started at once; `stop` removes it."""

    def __init__(
        self,
        *options: str,
        certificates: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """With a folder of `server.pem` and `server.key`, one that offers TLS."""
        self.port = free_port()
        self.name = "postgres"
        self._options = options
        self._environment = environment
        self._become = _account()
        self.folder = Path(tempfile.mkdtemp(prefix="pinjwt-pg-"))
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._data = self.folder / "data"
        self._run(
            "initdb",
            "-D",
            self._data,
            "-U",
            "pinjwt",
            "-A",
            "scram-sha-256",
            f"--pwfile={secret}",
            "-N",
            "-E",
            "UTF8",
        )
        if certificates is not None:
            self._offer_tls(certificates)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @classmethod
    def standby(cls, primary: Server) -> Server:
        """A hot standby of another server, which it follows."""
        self = object.__new__(cls)
        self.port = free_port()
        self.name = "postgres"
        self._options = ()
        self._environment = None
        self._become = _account()
        self._process = None
        self.folder = Path(tempfile.mkdtemp(prefix="pinjwt-pg-"))
        self._data = self.folder / "data"
        if self._become is not None:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self._run("pg_basebackup", "-R", "-D", self._data, "-c", "fast", "-d", primary.url)
        self.start()
        return self

    def _offer_tls(self, certificates: Path) -> None:
        for name in ("server.pem", "server.key"):
            target = self._data / name
            shutil.copyfile(certificates / name, target)
            target.chmod(0o600)
            if os.geteuid() == 0:
                shutil.chown(target, "postgres", "postgres")
        files = ("-c", "ssl_cert_file=server.pem", "-c", "ssl_key_file=server.key")
        self._options = (*self._options, "-c", "ssl=on", *files)

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [programs() / program, *arguments],
            preexec_fn=self._become,
            cwd=self.folder,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode())

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [
                programs() / "postgres",
                *("-D", self._data, "-p", str(self.port), "-c", f"listen_addresses={HOST}"),
                *("-c", "unix_socket_directories=", "-c", "shared_buffers=32MB", "-c", "max_connections=200"),
                *self._options,
            ],
            preexec_fn=self._become,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=self._environment,
        )
        log.close()
        end = time.monotonic() + PATIENCE
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.02)

    def answers(self) -> bool:
        done = subprocess.run(
            [programs() / "pg_isready", "-q", "-h", HOST, "-p", str(self.port)],
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    def sql(self, text: str, *, user: str = "pinjwt", password: str = PASSWORD) -> str:
        """Run statements; what they answer, as text."""
        done = subprocess.run(
            [programs() / "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", self.url_of(user, password), "-c", text],
            capture_output=True,
            check=False,
            env={**os.environ, "PGPASSWORD": password},
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
        return done.stdout.decode().strip()

    @contextmanager
    def session(self, statements: str) -> Iterator[Callable[[str], None]]:
        """Hold a connection open on which statements were run; it can run more."""
        with subprocess.Popen(
            [programs() / "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", self.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            tell, answers = process.stdin, process.stdout

            def say(text: str) -> None:
                tell.write(f"{text}; SELECT 'said';\n")
                tell.flush()
                while (answer := answers.readline()).strip() != "said":
                    if not answer:
                        raise RuntimeError(f"psql has ended: {text}")

            say(statements)
            yield say
            tell.close()

    @property
    def url(self) -> str:
        return self.url_of("pinjwt", PASSWORD)

    def url_of(self, user: str, password: str) -> str:
        return f"postgresql://{user}:{password.replace(' ', '%20')}@{HOST}:{self.port}/{self.name}"

    def database(self) -> Server:
        """Another database of the same server, with nothing in it."""
        other = copy.copy(self)
        other.name = f"pinjwt_{secrets.token_hex(8)}"
        self.sql(f"CREATE DATABASE {other.name}")
        return other

    def kill(self) -> None:
        """End the server and all of its processes at once, as a crash does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
