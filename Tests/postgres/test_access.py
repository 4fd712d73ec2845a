"""Getting in: TLS, roles, limits of connections, and what is said of each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import HOST, PASSWORD, Server
from redis_server import Certificates
from store_abi import Status, Store, StoreError, Verdict, new_row


def refusal(url: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        Store(url)
    assert PASSWORD not in caught.value.message
    assert HOST not in caught.value.message
    return caught.value


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server with a certificate for localhost, and the authority's certificate."""
    certificates = Certificates("localhost")
    server = Server()
    for name, mode in (("server.pem", 0o644), ("server.key", 0o600)):
        target = server.folder / name
        shutil.copy(certificates.folder / name, target)
        target.chmod(mode)
        shutil.chown(target, server.folder.owner(), server.folder.group())
    server.sql(f"ALTER SYSTEM SET ssl_cert_file = '{server.folder}/server.pem'")
    server.sql(f"ALTER SYSTEM SET ssl_key_file = '{server.folder}/server.key'")
    server.sql("ALTER SYSTEM SET ssl = on")
    server.restart()
    yield server, certificates.authority
    server.stop()
    certificates.remove()


def test_tls_with_a_server_that_is_verified(secured: tuple[Server, Path]) -> None:
    server, authority = secured
    url = server.url.replace(HOST, "localhost") + f"?sslmode=verify-full&sslrootcert={authority}"
    with Store(url) as store:
        row, _ = store.create(new_row())
        assert store.rotate(row.selector, 0, row.current, bytes(32)).verdict is Verdict.ROTATED
        assert server.sql("SELECT count(*) FROM pg_stat_ssl NATURAL JOIN pg_stat_activity WHERE ssl") == "2"
        # What it takes in and sends at once is more than a record of TLS holds.
        rows = [store.create(new_row(b"many", claims=b"c" * 4096))[0] for _ in range(40)]
        assert store.list(b"tag!", b"many") == sorted(rows, key=lambda row: (row.created, row.selector))
        assert len(store.revoke_user(b"tag!", b"many").sessions) == 40


@pytest.mark.parametrize("mode", ["verify-full", "verify-ca"])
def test_tls_with_a_server_that_is_not_who_it_should_be(secured: tuple[Server, Path], mode: str) -> None:
    server, authority = secured
    if mode == "verify-full":
        # The certificate is another name's.
        url = server.url + f"?sslmode=verify-full&sslrootcert={authority}"
    else:
        # The certificate is another authority's.
        other = Certificates("localhost")
        url = server.url + f"?sslmode=verify-ca&sslrootcert={other.authority}"
    error = refusal(url)
    assert error.status is Status.STORE
    assert "no TLS with it as sslmode= asks" in error.message
    with Store(server.url + f"?sslmode=verify-ca&sslrootcert={authority}"):
        pass


def test_tls_with_a_server_that_has_none(shared_server: Server) -> None:
    error = refusal(shared_server.url + "?sslmode=require")
    assert error.status is Status.STORE
    assert "no TLS with it as sslmode= asks" in error.message


def test_a_database_that_is_not_there(shared_server: Server) -> None:
    error = refusal(shared_server.url.replace("/postgres", "/no_such_database"))
    assert error.status is Status.STORE
    assert "database" in error.message


def test_no_connection_is_left(database: Server) -> None:
    with Store(database.url):
        pass
    database.sql(f"CREATE ROLE few LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 1")
    database.sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO few")
    url = database.url_of("few", PASSWORD)
    with Store(url):
        error = refusal(url)
        assert error.status is Status.STORE
        assert "connections are left" in error.message
    Store(url).close()


def test_a_role_that_may_not_read_the_tables(database: Server) -> None:
    with Store(database.url):
        pass
    database.sql(f"CREATE ROLE stranger LOGIN PASSWORD '{PASSWORD}'")
    error = refusal(database.url_of("stranger", PASSWORD))
    assert error.status is Status.STORE_STATE
    assert "may not use the tables" in error.message


def test_a_role_without_a_schema(database: Server) -> None:
    database.sql(f"CREATE ROLE stray LOGIN PASSWORD '{PASSWORD}'; ALTER ROLE stray SET search_path = nowhere")
    error = refusal(database.url_of("stray", PASSWORD))
    assert error.status is Status.STORE_STATE
    assert "may not make the tables" in error.message


def test_a_role_of_its_own_schema_needs_no_more(database: Server) -> None:
    database.sql(
        f"CREATE ROLE plain LOGIN PASSWORD '{PASSWORD}'; CREATE SCHEMA plain AUTHORIZATION plain; "
        "REVOKE ALL ON SCHEMA public FROM public"
    )
    with Store(database.url_of("plain", PASSWORD)) as store:
        row, _ = store.create(new_row())
        assert store.rotate(row.selector, 0, row.current, bytes(32)).verdict is Verdict.ROTATED
        store.purge(retain=0, grace=0)
    assert database.sql("SELECT count(*) FROM plain.pinjwt_sessions") == "1"


def test_a_server_that_is_too_slow_to_make_the_tables_is_no_matter_of_roles(database: Server) -> None:
    with database.session("SELECT pg_advisory_lock(1886415476, 1)"):
        error = refusal(database.url + "?pinjwt_deadline_ms=300")
        assert error.status is Status.STORE
    Store(database.url).close()


def test_rows_that_a_policy_would_hide_are_an_error(database: Server) -> None:
    with Store(database.url) as store:
        row, _ = store.create(new_row())
    database.sql(
        f"CREATE ROLE limited LOGIN PASSWORD '{PASSWORD}'; "
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO limited; "
        "ALTER TABLE pinjwt_sessions ENABLE ROW LEVEL SECURITY"
    )
    error = refusal(database.url_of("limited", PASSWORD))
    assert error.status is Status.STORE_STATE
    assert "may not use the tables" in error.message
    database.sql("ALTER TABLE pinjwt_sessions DISABLE ROW LEVEL SECURITY")
    with Store(database.url_of("limited", PASSWORD), space=store.space) as limited:
        assert limited.rotate(row.selector, 0, row.current, bytes(32)).verdict is Verdict.ROTATED


def test_a_standby_is_not_believed(server: Server) -> None:
    """It may lag behind: what it has not heard of would be taken for not revoked."""
    with Store(server.url) as store:
        store.feed()
        standby = Server.standby(server)
        try:
            error = refusal(standby.url)
            assert error.status is Status.STORE
            assert "is a standby" in error.message
            # A store that is open comes to one by its name, and goes on when that is the primary.
            server.kill()
            with pytest.raises(StoreError):
                store.feed()
            standby.sql("SELECT pg_promote()")
            with Store(standby.url) as promoted:
                promoted.deny(b"jti")
        finally:
            standby.stop()
