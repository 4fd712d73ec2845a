"""Passwords, TLS, and servers that are not fit for a store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis_server import HOST, Certificates, Server
from store_abi import Status, Store, StoreError, new_row

PASSWORD = "p@ss:w/o?r#d%&, x"
ENCODED = "p%40ss%3Aw%2Fo%3Fr%23d%25%26%2C%20x"


def refusal(url: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        Store(url)
    assert "p@ss" not in caught.value.message
    assert "wrong-one" not in caught.value.message
    return caught.value


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    """A server with a password, and a user who may do what the header says and no more."""
    server = Server()
    with server.client() as client:
        client(
            "ACL",
            "SETUSER",
            "app",
            "on",
            ">" + PASSWORD,
            "~pinjwt*",
            "resetchannels",
            "-@all",
            "+@read",
            "+@write",
            "+@scripting",
            "+@connection",
            "+info",
            "+time",
            "+cluster|slots",
        )
        client("ACL", "SETUSER", "blind", "on", ">" + PASSWORD, "~*", "+@all", "-info")
        client("ACL", "SETUSER", "mute", "on", ">" + PASSWORD, "~*", "+@all", "-evalsha")
        client("CONFIG", "SET", "requirepass", PASSWORD)
    yield server
    server.stop()


def test_password_in_the_url(guarded: Server) -> None:
    with Store(f"redis://:{ENCODED}@{HOST}:{guarded.port}") as store:
        store.deny(b"x")


def test_user_with_just_the_rights_of_the_header(guarded: Server) -> None:
    with Store(f"redis://app:{ENCODED}@{HOST}:{guarded.port}") as store:
        row = new_row()
        store.create(row, cap=1)
        store.create(new_row(), cap=1)
        store.bump(b"tag!", b"user")
        store.consume(bytes(32), 1)
        store.sweep(2**50)
        store.purge()
        assert store.statistics()["revoked"] == 2


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_password_in_a_file(guarded: Server, tmp_path: Path, ending: str) -> None:
    file = tmp_path / "a file%"
    file.write_bytes((PASSWORD + ending).encode())
    file.chmod(0o600)
    url = (
        f"redis://app@{HOST}:{guarded.port}?password_file={str(file).replace('%', '%25').replace(' ', '%20')}"
    )
    with Store(url) as store:
        store.deny(b"x")
    file.chmod(0o644)
    error = refusal(url)
    assert error.status == Status.IO
    assert "chmod 600" in error.message


def test_password_file_without_a_password(guarded: Server, tmp_path: Path) -> None:
    file = tmp_path / "password"
    for content in ("", "\n", "x" * 1030):
        file.write_text(content)
        file.chmod(0o600)
        error = refusal(f"redis://{HOST}:{guarded.port}?password_file={file}")
        assert error.status in (Status.ARGUMENT, Status.IO)


@pytest.mark.parametrize("credentials", [":wrong-one@", "app:wrong-one@", "nobody:wrong-one@"])
def test_wrong_passwords(guarded: Server, credentials: str) -> None:
    error = refusal(f"redis://{credentials}{HOST}:{guarded.port}")
    assert error.status == Status.STORE
    assert "refused the user or the password" in error.message


def test_a_password_where_none_is_set(shared_server: Server) -> None:
    error = refusal(f"redis://:wrong-one@{HOST}:{shared_server.port}")
    assert error.status == Status.STORE
    assert "refused the user or the password" in error.message


def test_no_password_where_one_is_needed(guarded: Server) -> None:
    error = refusal(guarded.url)
    assert error.status == Status.STORE
    assert "wants a password" in error.message


def test_user_who_may_not_ask_for_the_policy(guarded: Server) -> None:
    error = refusal(f"redis://blind:{ENCODED}@{HOST}:{guarded.port}")
    assert error.status == Status.STORE_STATE
    assert "INFO" in error.message


def test_user_who_may_not_run_scripts(guarded: Server) -> None:
    error = refusal(f"redis://mute:{ENCODED}@{HOST}:{guarded.port}")
    assert error.status == Status.STORE
    assert "may not run a command" in error.message


@pytest.mark.parametrize(
    "policy", ["allkeys-lru", "allkeys-random", "volatile-lru", "volatile-ttl", "allkeys-lfu"]
)
def test_servers_that_evict_are_refused(server: Server, policy: str) -> None:
    with server.client() as client:
        client("CONFIG", "SET", "maxmemory-policy", policy)
    error = refusal(server.url)
    assert error.status == Status.STORE_STATE
    assert "maxmemory-policy to noeviction" in error.message
    with server.client() as client:
        assert client("DBSIZE") == 0
        client("CONFIG", "SET", "maxmemory-policy", "noeviction")
    Store(server.url).close()


def test_servers_that_came_to_evict(server: Server) -> None:
    """Seen at the next connection; nobody is signed out for it."""
    with Store(server.url) as store:
        with server.client() as client:
            client("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
            client("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        with pytest.raises(StoreError, match="maxmemory-policy to noeviction") as caught:
            store.consume(bytes(32), 1)
        assert caught.value.status == Status.STORE
        with server.client() as client:
            client("CONFIG", "SET", "maxmemory-policy", "noeviction")
        assert store.consume(bytes(32), 1)


def test_full_memory(server: Server) -> None:
    with Store(server.url) as store:
        row = new_row()
        store.create(row)
        with server.client() as client:
            client("CONFIG", "SET", "maxmemory", 1)
        with pytest.raises(StoreError, match="out of memory") as caught:
            store.rotate(row.selector, 0, row.current, bytes(32))
        assert caught.value.status == Status.STORE
        with server.client() as client:
            client("CONFIG", "SET", "maxmemory", 0)
        assert store.rotate(row.selector, 0, row.current, bytes(32)).session is not None


@pytest.mark.parametrize(
    ("schema", "status"),
    [
        (b"1", None),
        (b"2", Status.STORE_STATE),
        (b"x", Status.STORE_STATE),
        (b"0", Status.STORE_STATE),
        (b"", Status.STORE_STATE),
    ],
)
def test_schemas(server: Server, schema: bytes, status: Status | None) -> None:
    with server.client() as client:
        client("SET", "pinjwt:schema", schema)
        if status is None:
            Store(server.url).close()
        else:
            assert refusal(server.url).status == status
        assert client("GET", "pinjwt:schema") == schema


def test_newer_schemas_are_named(server: Server) -> None:
    with server.client() as client:
        client("SET", "pinjwt:schema", "7")
    assert "schema 7, newer than 1" in refusal(server.url).message


# TLS


@pytest.fixture(scope="module")
def certificates() -> Iterator[Certificates]:
    made = Certificates("localhost", HOST)
    yield made
    made.remove()


@pytest.fixture(scope="module")
def encrypted(certificates: Certificates) -> Iterator[Server]:
    server = Server("--requirepass", PASSWORD, tls=certificates)
    yield server
    server.stop()


@pytest.mark.parametrize("host", ["localhost", HOST])
def test_tls(encrypted: Server, certificates: Certificates, host: str) -> None:
    with Store(f"rediss://:{ENCODED}@{host}:{encrypted.port}?ca_file={certificates.authority}") as store:
        row = new_row(claims=b"x" * 4096, agent=b"y" * 256)
        stored, _ = store.create(row)
        assert stored.claims == row.claims
        for number in range(300):
            store.deny(b"%0256d" % number)
        page = store.feed()
        assert [entry.key for entry in page.entries] == [b"%0256d" % number for number in range(300)]


@pytest.fixture
def misnamed() -> Iterator[tuple[Server, Certificates]]:
    made = Certificates("redis.example", "192.0.2.1")
    server = Server(tls=made)
    yield server, made
    server.stop()
    made.remove()


@pytest.mark.parametrize(("host", "kind"), [("localhost", "host name"), (HOST, "IP address")])
def test_tls_with_another_name(misnamed: tuple[Server, Certificates], host: str, kind: str) -> None:
    server, certificates = misnamed
    with server.client() as client:
        before = client("INFO", "commandstats")
    error = refusal(f"rediss://:{ENCODED}@{host}:{server.port}?ca_file={certificates.authority}")
    assert error.status == Status.STORE
    assert f"is not trusted: its certificate is made out to another {kind}" in error.message
    with server.client() as client:
        after = client("INFO", "commandstats")
    assert b"cmdstat_auth" not in before + after


def test_tls_of_another_authority(encrypted: Server, misnamed: tuple[Server, Certificates]) -> None:
    _, other = misnamed
    error = refusal(f"rediss://localhost:{encrypted.port}?ca_file={other.authority}")
    assert error.status == Status.STORE
    assert "not signed by" in error.message
    error = refusal(f"rediss://localhost:{encrypted.port}")
    assert error.status == Status.STORE
    assert "not signed by" in error.message


def test_tls_after_its_time() -> None:
    made = Certificates("localhost", valid=timedelta(days=-1))
    server = Server(tls=made)
    try:
        error = refusal(f"rediss://localhost:{server.port}?ca_file={made.authority}")
        assert error.status == Status.STORE
        assert "has expired" in error.message
    finally:
        server.stop()
        made.remove()


def test_tls_older_than_1_2() -> None:
    made = Certificates("localhost")
    server = Server("--tls-protocols", "TLSv1.1", "--tls-ciphers", "ALL:@SECLEVEL=0", tls=made)
    try:
        error = refusal(f"rediss://localhost:{server.port}?ca_file={made.authority}")
        assert error.status == Status.STORE
    finally:
        server.stop()
        made.remove()


def test_tls_where_there_is_none(shared_server: Server, certificates: Certificates) -> None:
    error = refusal(
        f"rediss://localhost:{shared_server.port}?ca_file={certificates.authority}&deadline_ms=500"
    )
    assert error.status == Status.STORE


def test_no_tls_where_it_is_needed(encrypted: Server) -> None:
    assert refusal(f"redis://localhost:{encrypted.port}?deadline_ms=500").status == Status.STORE


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_ca_files(encrypted: Server, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    error = refusal(f"rediss://localhost:{encrypted.port}?ca_file={file}")
    assert error.status == Status.ARGUMENT
    assert "ca_file" in error.message
