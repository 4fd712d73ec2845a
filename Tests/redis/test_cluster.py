"""Three servers and more: slots that move, masters that fail, certificates on each."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from redis_server import HOST, Certificates, Cluster, Server, ServerError, wait_for
from store_abi import Kind, Position, Status, Store, StoreError, Verdict, new_row, to_the_end


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    started = Cluster()
    yield started
    started.stop()


@pytest.fixture
def store(cluster: Cluster) -> Iterator[Store]:
    with Store(cluster.url) as opened:
        yield opened


def feed_key(store: Store) -> bytes:
    return b"pinjwt:{%b}:f" % store.space.hex().encode()


def user_key(store: Store, tag: bytes) -> bytes:
    return b"pinjwt:%b:{%b}:l" % (store.space.hex().encode(), tag.hex().encode())


def slots(cluster: Cluster) -> list[Any]:
    with cluster.servers[0].client() as client:
        answer: list[Any] = client("CLUSTER", "SLOTS")
    return answer


def another(cluster: Cluster, server: Server) -> Server:
    return next(other for other in cluster.servers[:3] if other is not server)


def test_keys_are_spread_and_users_are_not(cluster: Cluster, store: Store) -> None:
    for _ in range(60):
        tag = secrets.token_bytes(4)
        for _ in range(2):
            store.create(new_row(tag=tag))
        store.consume(secrets.token_bytes(32), 2**50)
    slots_of_users: dict[bytes, set[int]] = {}
    for server in cluster.servers:
        with server.client() as client:
            keys = client("KEYS", f"pinjwt:{store.space.hex()}:*")
        assert any(b":o:" in key for key in keys)
        assert any(b":s:" in key for key in keys)
        for key in keys:
            if b"{" in key:
                slots_of_users.setdefault(key[40:50], set()).add(cluster.slot(key))
    assert len(slots_of_users) == 60
    assert all(len(slots) == 1 for slots in slots_of_users.values())
    assert store.statistics() == {"live": 120, "revoked": 0, "expired": 0, "denials": 0, "consumed": 60}


def test_all_servers_are_gone_through(store: Store) -> None:
    rows = [new_row(tag=secrets.token_bytes(4)) for _ in range(200)]
    for row in rows:
        store.create(row)
    for number in range(50):
        store.consume(b"%032d" % number, 1)
    assert to_the_end(lambda: store.sweep(2**50, limit=17)) == 200
    assert store.statistics()["revoked"] == 200
    assert to_the_end(lambda: store.purge(limit=17)) == 50


def test_a_slot_that_has_moved(cluster: Cluster, store: Store) -> None:
    row = new_row(tag=secrets.token_bytes(4))
    store.create(row)
    slot = cluster.slot(user_key(store, row.selector[:4]))
    source = cluster.owner(slot)
    migration = cluster.move(slot, another(cluster, source))
    migration.begin()
    assert migration.move_keys() == 3
    migration.end()
    with source.client() as client:
        client("CONFIG", "RESETSTAT")
    token = row.current
    for generation in range(20):
        following = secrets.token_bytes(32)
        answer = store.rotate(row.selector, generation, token, following)
        assert answer.verdict == Verdict.ROTATED
        token = following
    # Once it has been told, it knows.
    with source.client() as client:
        stats = client("INFO", "errorstats")
    assert b"errorstat_MOVED:count=1\r" in stats


def test_a_slot_on_its_way(cluster: Cluster, store: Store) -> None:
    """The feed's two keys are asked for where they are."""
    for _ in range(3):
        store.deny(b"x")
    position = store.feed().position
    slot = cluster.slot(feed_key(store))
    source = cluster.owner(slot)
    target = another(cluster, source)
    migration = cluster.move(slot, target)
    migration.begin()
    store.deny(b"still where they were")
    assert migration.move_keys() == 2
    store.deny(b"asked for")
    with target.client() as client:
        assert b"cmdstat_asking" in client("INFO", "commandstats")
    migration.end()
    store.deny(b"moved")
    page = store.feed(position)
    assert [entry.key for entry in page.entries] == [b"still where they were", b"asked for", b"moved"]
    assert [entry.sequence for entry in page.entries] == [4, 5, 6]


def test_a_slot_half_on_its_way(cluster: Cluster, store: Store) -> None:
    """No server has all keys: callers wait until one has, and nothing is lost or doubled."""
    row = new_row(tag=secrets.token_bytes(4))
    store.create(row)
    slot = cluster.slot(user_key(store, row.selector[:4]))
    source = cluster.owner(slot)
    target = another(cluster, source)
    migration = cluster.move(slot, target)
    migration.begin()
    with source.client() as client:
        [key, *_] = [key for key in client("CLUSTER", "GETKEYSINSLOT", slot, 10) if b":s:" in key]
        client("MIGRATE", HOST, target.port, key, 0, 5000)
    with Store(cluster.url + "&deadline_ms=300", space=store.space) as hurried:
        with pytest.raises(StoreError) as caught:
            hurried.create(new_row(tag=row.selector[:4]), cap=5)
        assert caught.value.status == Status.STORE
    finished: list[Verdict] = []
    waiting = threading.Thread(
        target=lambda: finished.append(store.rotate(row.selector, 0, row.current, bytes(32)).verdict)
    )
    waiting.start()
    time.sleep(0.2)
    migration.move_keys()
    migration.end()
    waiting.join()
    assert finished == [Verdict.ROTATED]
    assert len(store.list(row.selector[:4], b"user")) == 1


def test_slots_that_move_under_load(cluster: Cluster, store: Store) -> None:
    tag = secrets.token_bytes(4)
    slot = cluster.slot(user_key(store, tag))
    stop = threading.Event()
    counts: list[int] = []
    failures: list[BaseException] = []

    def refresh() -> None:
        row = new_row(tag=tag)
        token, generation = row.current, 0
        try:
            store.create(row)
            while not stop.is_set():
                following = secrets.token_bytes(32)
                answer = store.rotate(row.selector, generation, token, following)
                assert answer.verdict == Verdict.ROTATED
                token, generation = following, generation + 1
        except BaseException as error:
            failures.append(error)
        counts.append(generation)

    threads = [threading.Thread(target=refresh) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        time.sleep(0.1)
        migration = cluster.move(slot, another(cluster, cluster.owner(slot)))
        migration.begin()
        while migration.move_keys():
            pass
        migration.end()
    time.sleep(0.1)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    assert all(count > 20 for count in counts)


def test_a_user_and_the_feed_on_different_servers(cluster: Cluster, store: Store) -> None:
    """The denial is written first: with the feed's server gone nothing is revoked or answered."""
    while True:
        row = new_row(tag=secrets.token_bytes(4))
        user_server = cluster.owner(cluster.slot(user_key(store, row.selector[:4])))
        feed_server = cluster.owner(cluster.slot(feed_key(store)))
        if user_server is not feed_server:
            break
    store.create(row)
    first, second = secrets.token_bytes(32), secrets.token_bytes(32)
    store.rotate(row.selector, 0, row.current, first)
    store.rotate(row.selector, 1, first, second)
    with Store(cluster.url + "&deadline_ms=200", space=store.space) as hurried, feed_server.stalled():
        with pytest.raises(StoreError):
            hurried.rotate(row.selector, 0, row.current, bytes(32))
        with pytest.raises(StoreError):
            hurried.revoke_selector(row.selector)
        with pytest.raises(StoreError):
            hurried.bump(row.selector[:4], b"user")
        with pytest.raises(StoreError):
            hurried.create(new_row(tag=row.selector[:4]), cap=1)
        [untouched] = hurried.list(row.selector[:4], b"user")
        assert (untouched.revoked, untouched.current) == (0, second)
    answer = store.rotate(row.selector, 0, row.current, bytes(32))
    assert answer.verdict == Verdict.REUSED
    assert answer.session is not None
    assert answer.session.reason == 5
    assert row.sid in [entry.key for entry in store.feed().entries if entry.kind == Kind.SID]


def test_one_seed_is_enough_and_dead_ones_are_passed_over(cluster: Cluster) -> None:
    for server in cluster.servers:
        with Store(f"redis://{HOST}:1,{HOST}:{server.port}?cluster=1") as store:
            for number in range(20):
                store.consume(b"%032d" % number, 2**50)


def test_each_server_is_looked_at(cluster: Cluster) -> None:
    for server in cluster.servers:
        with server.client() as client:
            client("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        with pytest.raises(StoreError, match=f"{server.port} may evict") as caught:
            Store(cluster.url)
        assert caught.value.status == Status.STORE_STATE
        with server.client() as client:
            client("CONFIG", "SET", "maxmemory-policy", "noeviction")


def test_a_single_server_is_told_of_the_cluster(cluster: Cluster) -> None:
    refused = 0
    for server in cluster.servers:
        try:
            # One of them has the key that is read first, and does not say anything.
            with Store(server.url) as store:
                for number in range(20):
                    store.consume(b"%032d" % number, 1)
        except StoreError as error:
            refused += "add cluster=1" in error.message
    assert refused == 3


def test_a_master_that_fails() -> None:
    """Its replica takes over; meanwhile it is E_STORE, for its slots only."""
    cluster = Cluster(replicas=1, options=("--cluster-replica-validity-factor", "0"))
    try:
        with Store(cluster.url + "&deadline_ms=500") as store:
            rows = [new_row(tag=secrets.token_bytes(4)) for _ in range(30)]
            for row in rows:
                store.create(row)
            store.deny(b"x")
            for first, last, master, *_ in slots(cluster):
                # WAIT is for what its own connection wrote, and so for all before it.
                key = next(
                    key for key in map(str, range(10**6)) if first <= cluster.slot(key.encode()) <= last
                )
                with next(
                    server for server in cluster.servers if server.port == master[1]
                ).client() as client:
                    client("SET", key, "")
                    wait_for(lambda: client("WAIT", 1, 1000) == 1, "replication")
            dead = cluster.owner(cluster.slot(user_key(store, rows[0].selector[:4])))
            dead.kill()
            with pytest.raises(StoreError) as caught:
                store.rotate(rows[0].selector, 0, rows[0].current, bytes(32))
            assert caught.value.status == Status.STORE
            done = set()

            def all_rotate() -> bool:
                for index, row in enumerate(rows):
                    if index in done:
                        continue
                    try:
                        answer = store.rotate(
                            row.selector, 0, row.current, bytes([index]) * 32, grace=300_000
                        )
                    except StoreError:
                        continue
                    assert answer.verdict in (Verdict.ROTATED, Verdict.REPLAYED)
                    done.add(index)
                return len(done) == len(rows)

            wait_for(all_rotate, "the failover")
            assert store.feed(Position()).entries[0].key == b"x"
    finally:
        cluster.stop()


def test_a_replica_promoted_one_rotation_behind(server: Server) -> None:
    """The token is one generation ahead of the row: it is taken over."""
    replica = Server("--replicaof", HOST, str(server.port))
    try:
        row = new_row()
        with Store(server.url) as store:
            store.create(row)
            with server.client() as client:
                # WAIT is for what its own connection wrote, and so for all before it.
                client("SET", "written", "")
                wait_for(lambda: client("WAIT", 1, 1000) == 1, "replication")
            with replica.client() as client:
                client("REPLICAOF", "NO", "ONE")
            first, second = secrets.token_bytes(32), secrets.token_bytes(32)
            assert store.rotate(row.selector, 0, row.current, first).verdict == Verdict.ROTATED
        with Store(replica.url, space=store.space) as promoted:
            answer = promoted.rotate(row.selector, 1, first, second)
            assert answer.verdict == Verdict.ROLLED_FORWARD
            assert answer.session is not None
            assert answer.session.generation == 2
            assert promoted.rotate(row.selector, 2, second, bytes(32)).verdict == Verdict.ROTATED
    finally:
        replica.stop()


def test_a_replica_is_no_store(server: Server) -> None:
    replica = Server("--replicaof", HOST, str(server.port))
    try:
        with pytest.raises(StoreError, match="READONLY") as caught:
            Store(replica.url)
        assert caught.value.status == Status.STORE
    finally:
        replica.stop()


def test_tls_to_each_server() -> None:
    certificates = Certificates(HOST)
    cluster = Cluster(tls=certificates)
    try:
        with Store(f"{cluster.url}&ca_file={certificates.authority}") as store:
            for _ in range(30):
                row = new_row(tag=secrets.token_bytes(4))
                store.create(row)
                assert store.rotate(row.selector, 0, row.current, bytes(32)).verdict == Verdict.ROTATED
        local = Certificates("localhost")
        with pytest.raises(StoreError, match="not signed by"):
            Store(f"{cluster.url}&ca_file={local.authority}")
        local.remove()
    finally:
        cluster.stop()
        certificates.remove()


def test_tls_names_of_servers_that_were_heard_of() -> None:
    """The seed is localhost, and rightly; the others are heard of by an address that no certificate has."""
    certificates = Certificates("localhost")
    cluster = Cluster(tls=certificates)
    try:
        port = cluster.servers[0].port
        with pytest.raises(StoreError, match="made out to another IP address") as caught:
            Store(f"rediss://localhost:{port}?cluster=1&ca_file={certificates.authority}")
        assert caught.value.status == Status.STORE
        for server in cluster.servers:
            with server.client() as client:
                try:
                    client("CONFIG", "SET", "cluster-announce-hostname", "localhost")
                    client("CONFIG", "SET", "cluster-preferred-endpoint-type", "hostname")
                except ServerError:
                    return
        wait_for(lambda: all_hear(cluster), "the host names")
        with Store(f"rediss://localhost:{port}?cluster=1&ca_file={certificates.authority}") as store:
            for number in range(20):
                store.consume(b"%032d" % number, 2**50)
    finally:
        cluster.stop()
        certificates.remove()


def all_hear(cluster: Cluster) -> bool:
    for server in cluster.servers:
        with server.client() as client:
            if any(entry[2][0] != b"localhost" for entry in client("CLUSTER", "SLOTS")):
                return False
    return True
