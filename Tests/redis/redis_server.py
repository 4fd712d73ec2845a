"""Redis servers on loopback, each with a folder of its own, and just enough of a client to look at them."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST: Final = "127.0.0.1"
PATIENCE: Final = 20.0


class ServerError(Exception):
    """An error reply."""


def free_port() -> int:
    """A port that nobody has; below those that the system gives to clients, so that none takes it."""
    while True:
        port = 20000 + int.from_bytes(os.urandom(2), "big") % 10000
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            with socket.socket() as bus:
                bus.bind((HOST, port + 10000))
            return port


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.01)


class Client:
    """One connection of the test's own."""

    def __init__(self, port: int, *, tls: ssl.SSLContext | None = None) -> None:
        raw = socket.create_connection((HOST, port), timeout=PATIENCE)
        self._socket = tls.wrap_socket(raw, server_hostname="localhost") if tls else raw
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def __call__(self, *arguments: str | bytes | int) -> Any:
        texts = [a if isinstance(a, bytes) else str(a).encode() for a in arguments]
        self._socket.sendall(
            b"*%d\r\n" % len(texts) + b"".join(b"$%d\r\n%b\r\n" % (len(t), t) for t in texts)
        )
        return self._read()

    def _read(self) -> Any:
        line = self._file.readline()
        if not line:
            raise ConnectionError
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise ServerError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest.decode()
        if kind == b"$":
            return None if rest == b"-1" else self._file.read(int(rest) + 2)[:-2]
        return [self._read() for _ in range(int(rest))]


class Server:
    """A redis-server; `options` are those of its configuration."""

    def __init__(
        self,
        *options: str,
        port: int | None = None,
        tls: Certificates | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port or free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="pinjwt-redis-"))
        self._options = options
        self._tls = tls
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        listen = ["--port", str(self.port)]
        if self._tls:
            listen = ["--port", "0", "--tls-port", str(self.port), *self._tls.server_options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    "redis-server",
                    *listen,
                    "--bind",
                    HOST,
                    "--dir",
                    str(self.folder),
                    "--save",
                    "",
                    "--daemonize",
                    "no",
                    "--appendonly",
                    "yes",
                    "--appendfsync",
                    "no",
                    "--repl-diskless-sync-delay",
                    "0",
                    *self._options,
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
            )
        wait_for(self.answers, f"redis-server on port {self.port}")

    def answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise ChildProcessError((self.folder / "log").read_text())
        try:
            with self.client() as client:
                client("PING")
        except (OSError, ConnectionError):
            return False
        except ServerError as error:
            return not str(error).startswith("LOADING")
        return True

    def client(self) -> Client:
        return Client(self.port, tls=self._tls.client_context() if self._tls else None)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @contextlib.contextmanager
    def stalled(self) -> Any:
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Without warning; what it stored stays."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"{'rediss' if self._tls else 'redis'}://{HOST}:{self.port}"


class Cluster:
    """Three masters and, where asked for, a replica of each."""

    def __init__(
        self, *, replicas: int = 0, tls: Certificates | None = None, options: Sequence[str] = ()
    ) -> None:
        self._tls = tls
        settings = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000", *options]
        if tls:
            settings += ["--tls-cluster", "yes", "--tls-replication", "yes"]
        self.servers = [Server(*settings, tls=tls) for _ in range(3 + 3 * replicas)]
        addresses = [f"{HOST}:{server.port}" for server in self.servers]
        self._cli("--cluster", "create", *addresses, "--cluster-replicas", str(replicas), "--cluster-yes")
        wait_for(lambda: all(self._is_up(server) for server in self.servers), "the cluster")

    def _cli(self, *arguments: str) -> None:
        tls = ["--tls", "--cacert", str(self._tls.authority)] if self._tls else []
        subprocess.run(["redis-cli", *tls, *arguments], check=True, stdout=subprocess.DEVNULL, timeout=60)

    def _is_up(self, server: Server) -> bool:
        with server.client() as client:
            return b"cluster_state:ok" in client("CLUSTER", "INFO") and len(client("CLUSTER", "SLOTS")) == 3

    @property
    def url(self) -> str:
        hosts = ",".join(f"{HOST}:{server.port}" for server in self.servers[:3])
        return f"{'rediss' if self._tls else 'redis'}://{hosts}?cluster=1"

    def owner(self, slot: int) -> Server:
        with self.servers[0].client() as client:
            for first, last, master, *_ in client("CLUSTER", "SLOTS"):
                if first <= slot <= last:
                    return next(server for server in self.servers if server.port == master[1])
        raise LookupError(slot)

    def slot(self, key: bytes) -> int:
        with self.servers[0].client() as client:
            number: int = client("CLUSTER", "KEYSLOT", key)
        return number

    @staticmethod
    def node(server: Server) -> str:
        with server.client() as client:
            name: bytes = client("CLUSTER", "MYID")
        return name.decode()

    def move(self, slot: int, target: Server) -> Migration:
        return Migration(self, slot, self.owner(slot), target)

    def stop(self) -> None:
        for server in self.servers:
            server.stop()


class Migration:
    """A slot on its way, step by step."""

    def __init__(self, cluster: Cluster, slot: int, source: Server, target: Server) -> None:
        self._cluster, self._slot, self._source, self._target = cluster, slot, source, target

    def begin(self) -> None:
        with self._target.client() as target, self._source.client() as source:
            target("CLUSTER", "SETSLOT", self._slot, "IMPORTING", self._cluster.node(self._source))
            source("CLUSTER", "SETSLOT", self._slot, "MIGRATING", self._cluster.node(self._target))

    def move_keys(self) -> int:
        with self._source.client() as source:
            keys = source("CLUSTER", "GETKEYSINSLOT", self._slot, 1000)
            for key in keys:
                source("MIGRATE", HOST, self._target.port, key, 0, 5000)
        return len(keys)

    def end(self) -> None:
        name = self._cluster.node(self._target)
        with self._target.client() as target, self._source.client() as source:
            target("CLUSTER", "SETSLOT", self._slot, "NODE", name)
            source("CLUSTER", "SETSLOT", self._slot, "NODE", name)


class Certificates:
    """A certificate authority and a server's certificate made out to `names`."""

    def __init__(self, *names: str, valid: timedelta = timedelta(days=1)) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pinjwt-tls-"))
        authority_key = ec.generate_private_key(ec.SECP256R1())
        server_key = ec.generate_private_key(ec.SECP256R1())
        authority = self._certificate(
            "authority", authority_key, "authority", authority_key, timedelta(days=1), ()
        )
        server = self._certificate("server", server_key, "authority", authority_key, valid, names)
        self.authority = self._write("ca.pem", authority)
        self._server = self._write("server.pem", server)
        self._key = self.folder / "server.key"
        self._key.write_bytes(
            server_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        path = self.folder / name
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path

    @staticmethod
    def _certificate(
        subject: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: str,
        signer: ec.EllipticCurvePrivateKey,
        valid: timedelta,
        names: Sequence[str],
    ) -> x509.Certificate:
        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

        now = datetime.now(timezone.utc)
        builder = x509.CertificateBuilder(
            named(issuer),
            named(subject),
            key.public_key(),
            x509.random_serial_number(),
            now - timedelta(days=2),
            now + valid,
        )
        builder = builder.add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_name(n) for n in names]), critical=False
            )
        return builder.sign(signer, hashes.SHA256())

    @property
    def server_options(self) -> list[str]:
        return [
            "--tls-cert-file",
            str(self._server),
            "--tls-key-file",
            str(self._key),
            "--tls-ca-cert-file",
            str(self.authority),
            "--tls-auth-clients",
            "no",
        ]

    def client_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.authority))
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        # To look at servers too that ours must refuse.
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("ALL:@SECLEVEL=0")
        return context

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
