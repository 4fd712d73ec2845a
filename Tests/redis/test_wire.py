"""What servers answer that are broken, busy or hostile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from fake_server import Answer, FakeServer, bulk
from store_abi import Status, Store, StoreError

CONSUMED = b":1\r\n"
KEY = bytes(32)


def in_turn(*replies: Answer) -> Callable[[list[bytes]], Answer]:
    left = list(replies)
    return lambda _: left.pop(0)


def failure(reply: Answer, options: str = "?deadline_ms=300") -> StoreError:
    with FakeServer(lambda _: reply) as fake, Store(fake.url + options) as store:
        with pytest.raises(StoreError) as caught:
            store.consume(KEY, 1)
        assert caught.value.status == Status.STORE
        assert fake.count(b"EVALSHA") == 2  # the schema, and one attempt
        return caught.value


@pytest.mark.parametrize("reply", [
    b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\0\r\n", b":1x\r\n", b"$-2\r\n",
    b"$99999999999999999999\r\n", b"$9223372036854775807\r\n", b"*2147483647\r\n", b"*4294967297\r\n",
    b"*-9\r\n", b"*1048577\r\n", b"*1\r\n" * 20 + b":1\r\n", b"$1\r\nxyz",
    b":99999999999999999999999\r\n", b"%1\r\n+a\r\n+b\r\n",
])  # fmt: skip
def test_what_is_not_the_protocol(reply: bytes) -> None:
    error = failure(reply)
    assert (
        "does not answer as Redis does" in error.message
        or "did not answer within" in error.message
        or "should be" in error.message
    )


def test_replies_without_an_end() -> None:
    """Bounded by bytes, not only by time."""
    endless = b"$1000000000\r\n" + b"x" * (40 << 20)
    with (
        FakeServer(lambda _: endless) as fake,
        Store(fake.url + "?deadline_ms=60000") as store,
        pytest.raises(StoreError, match="as Redis does"),
    ):
        store.consume(KEY, 1)


@pytest.mark.parametrize(
    "reply", [b"+OK\r\n", b"$1\r\n1\r\n", b"*0\r\n", b"*1\r\n:1\r\n", b"$-1\r\n", b"*-1\r\n"]
)
def test_answers_of_another_kind(reply: bytes) -> None:
    assert "should be" in failure(reply).message


@pytest.mark.parametrize("reply", [
    b"-ERR unknown command 'EVALSHA', with args beginning with: 'hidden-value'\r\n",
    b"-ERR \x1b[31mhidden-value\r\n", b"-ERR " + b"x" * 5000 + b"hidden-value\r\n", b"-\r\n",
])  # fmt: skip
def test_errors_are_shown_in_part(reply: bytes) -> None:
    message = failure(reply).message
    assert "refused a command: " in message
    assert "hidden-value" not in message


def test_what_was_sent_whole_is_not_sent_again() -> None:
    """The server may have carried it out before it hung up."""
    assert "closed the connection" in failure(None).message


def test_what_only_reads_is_sent_again_once() -> None:
    page = b"*5\r\n:1000\r\n" + bulk(b"e" * 16) + bulk(b"0") + bulk(b"") + b":0\r\n"
    with FakeServer(in_turn(None, page)) as fake, Store(fake.url) as store:
        assert store.feed().position.epoch == b"e" * 16
    with FakeServer(in_turn(None, None)) as fake, Store(fake.url) as store, pytest.raises(StoreError):
        store.feed()


def test_a_stale_connection_costs_nothing() -> None:
    with FakeServer(lambda _: CONSUMED) as fake, Store(fake.url) as store:
        for _ in range(5):
            assert store.consume(KEY, 1)
            fake.hang_up()
            time.sleep(0.05)
        assert fake.connections == 5


def test_a_connection_with_something_unasked_for_is_dropped() -> None:
    """An answer to nothing would be taken for that to the next question."""
    with FakeServer(lambda _: CONSUMED + b":0\r\n") as fake, Store(fake.url) as store:
        for _ in range(3):
            assert store.consume(KEY, 1)
            time.sleep(0.05)
        assert fake.connections == 3


def test_a_late_answer_is_not_the_next_one() -> None:
    gate = threading.Event()

    def answer(command: list[bytes]) -> Answer:
        if command[-1] == b"1":
            gate.wait(5)
            return b":0\r\n"
        return CONSUMED

    with FakeServer(answer) as fake, Store(fake.url + "?deadline_ms=100&pool=1") as store:
        with pytest.raises(StoreError, match="did not answer within 100 ms"):
            store.consume(KEY, 1)
        gate.set()
        time.sleep(0.05)
        assert store.consume(KEY, 2)


@pytest.mark.parametrize(
    "word",
    [
        b"LOADING Redis is loading",
        b"TRYAGAIN Multiple keys",
        b"CLUSTERDOWN Hash slot",
        b"MASTERDOWN Link",
        b"BUSY Redis is busy",
        b"READONLY You can't write",
        b"ERR script: -READONLY You can't write against a read only replica",
    ],
)
def test_what_passes_is_waited_for(word: bytes) -> None:
    with (
        FakeServer(in_turn(b"-%b\r\n" % word, b"-%b\r\n" % word, CONSUMED)) as fake,
        Store(fake.url) as store,
    ):
        assert store.consume(KEY, 1)


def test_waiting_has_an_end() -> None:
    with (
        FakeServer(lambda _: b"-LOADING Redis is loading\r\n") as fake,
        Store(fake.url + "?deadline_ms=200") as store,
        pytest.raises(StoreError, match="LOADING"),
    ):
        store.consume(KEY, 1)
    with FakeServer(lambda _: b"-READONLY no\r\n") as fake, Store(fake.url + "?deadline_ms=5000") as store:
        with pytest.raises(StoreError, match="READONLY"):
            store.consume(KEY, 1)
        assert fake.count(b"EVALSHA") == 7


def test_a_server_without_the_script() -> None:
    with (
        FakeServer(in_turn(b"-NOSCRIPT No matching script.\r\n", CONSUMED)) as fake,
        Store(fake.url) as store,
    ):
        assert store.consume(KEY, 1)
        first, second = fake.commands[-2:]
        assert (first[0], second[0]) == (b"EVALSHA", b"EVAL")
        assert first[2:] == second[2:]
    with (
        FakeServer(lambda _: b"-NOSCRIPT No\r\n") as fake,
        Store(fake.url) as store,
        pytest.raises(StoreError),
    ):
        store.consume(KEY, 1)


@pytest.mark.parametrize("word", [b"MOVED 1 127.0.0.1:1", b"ASK 1 127.0.0.1:1"])
def test_a_cluster_that_was_not_told_of(word: bytes) -> None:
    assert "add cluster=1" in failure(b"-%b\r\n" % word).message


def test_no_cluster_where_one_was_told_of(shared_server: object) -> None:
    port = getattr(shared_server, "port")  # noqa: B009
    with pytest.raises(StoreError, match="remove cluster=1") as caught:
        Store(f"redis://127.0.0.1:{port}?cluster=1")
    assert caught.value.status == Status.STORE


SLOTS = b"*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n%b:%d\r\n%b"


def cluster(fake: FakeServer, host: bytes = b"127.0.0.1") -> bytes:
    return SLOTS % (bulk(host), fake.port, bulk(b"id"))


def test_servers_that_send_each_other() -> None:
    def answer(command: list[bytes]) -> Answer:
        return cluster(fake) if command[0] == b"CLUSTER" else b"-MOVED 1 127.0.0.1:%d\r\n" % fake.port

    with FakeServer(answer) as fake, Store(fake.url + "?cluster=1") as store:
        with pytest.raises(StoreError, match="from one to the other"):
            store.consume(KEY, 1)
        assert fake.count(b"EVALSHA") == 7  # the schema and 6


@pytest.mark.parametrize("host", [b"", b"?"])
def test_servers_that_do_not_know_where_they_are(host: bytes) -> None:
    """Then it is where they were asked."""
    replies = [b"-MOVED 1 :%d\r\n", CONSUMED]

    def answer(command: list[bytes]) -> Answer:
        if command[0] == b"CLUSTER":
            return cluster(fake, host)
        reply = replies.pop(0)
        return reply % fake.port if b"%d" in reply else reply

    with FakeServer(answer) as fake, Store(fake.url + "?cluster=1") as store:
        assert store.consume(KEY, 1)


@pytest.mark.parametrize("reply", [
    b"*0\r\n", b"+OK\r\n", b"*1\r\n:1\r\n", b"*1\r\n*2\r\n:0\r\n:1\r\n", SLOTS % (bulk(b"a b"), 1, bulk(b"")),
    SLOTS % (bulk(b"127.0.0.1"), 0, bulk(b"")), SLOTS % (bulk(b"127.0.0.1"), 65536, bulk(b"")),
    SLOTS.replace(b"16383", b"16384") % (bulk(b"127.0.0.1"), 1, bulk(b"")),
    SLOTS.replace(b":0\r\n", b":-1\r\n") % (bulk(b"127.0.0.1"), 1, bulk(b"")),
    SLOTS.replace(b":0\r\n", b":9223372036854775807\r\n") % (bulk(b"127.0.0.1"), 1, bulk(b"")),
    SLOTS % (bulk(b"h" * 300), 1, bulk(b"")),
])  # fmt: skip
def test_slots_that_are_none(reply: bytes) -> None:
    with FakeServer(lambda _: reply) as fake, pytest.raises(StoreError) as caught:
        Store(fake.url + "?cluster=1")
    assert caught.value.status == Status.STORE


@pytest.mark.parametrize(
    "target",
    [
        b"",
        b"1",
        b"1 ",
        b"1 127.0.0.1",
        b"1 127.0.0.1:",
        b"1 127.0.0.1:0",
        b"1 127.0.0.1:99999",
        b"1 a b:1",
        b"1 \xff:1",
    ],
)
def test_redirections_to_nowhere(target: bytes) -> None:
    def answer(command: list[bytes]) -> Answer:
        return cluster(fake) if command[0] == b"CLUSTER" else b"-MOVED %b\r\n" % target

    with (
        FakeServer(answer) as fake,
        Store(fake.url + "?cluster=1") as store,
        pytest.raises(StoreError) as caught,
    ):
        store.consume(KEY, 1)
    assert caught.value.status == Status.STORE
