"""The URL is read strictly, and no message shows any of it."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_size_t
from pathlib import Path

import pytest
from redis_server import HOST, Server, free_port
from store_abi import BUILT, STR, Error, Status, Store, StoreError, StoreStruct

SECRET = "Xhidden-9f27"
PTRDIFF_MAX = 2**63 - 1

MALFORMED = [
    "", "redis", "redis:/", "http://h", "REDIS://h", "redis:h", "redis://", "redis://:6379", "redis://h:",
    "redis://h:0",
    "redis://h:65536", "redis://h:6379x", "redis://h:06379", "redis://h: 6379", "redis://h,", "redis://,h",
    "redis://a,b", "redis://[::1", "redis://[]", "redis://[abcd]", "redis://[::1]x", "redis://::1",
    "redis://h h",
    "redis://h/x", "redis://h/-1", "redis://h/0/1", "redis://h/65536", "redis://h//", "redis://h/00", "redis://h#f",
    "redis://h/0#f", "redis://h?", "redis://h?pool", "redis://h?pool=", "redis://h?pool=0", "redis://h?pool=65",
    "redis://h?pool=8&", "redis://h?pool=8&pool=8", "redis://h?pool=+8", "redis://h?Pool=8", "redis://h?deadline_ms=49",
    "redis://h?deadline_ms=60001", "redis://h?cluster=2", "redis://h?cluster=", "redis://h?ca_file=/x",
    "redis://h/1?cluster=1", "redis://a,b?pool=8", "redis://h?nonsense=1", "redis://h?db=1", "rediss://h?ca_file=%00",
    "rediss://h?ca_file=", "redis://h?password_file=%2", "redis://h?password_file=%zz", "redis://@h",
    f"redis://u@h?password_file={Path(__file__).parent / 'none'}%00",
    f"redis://:{SECRET}@", f"redis://:{SECRET}@:1", f"redis://:{SECRET}@h@h", f"redis://u:{SECRET}:x@h",
    f"redis://:{SECRET}/x@h", f"redis://:{SECRET}?x@h", f"redis://:{SECRET}#x@h", f"redis://:{SECRET}%@h",
    f"redis://:{SECRET}%4@h", f"redis://:{SECRET}%00@h", f"redis://:{SECRET} x@h", "redis://:@h", "redis://u@h",
    f"redis://:{SECRET}@h?password_file=/x", f"redis://h?password={SECRET}", f"redis://h?{SECRET}=1",
    f"redis://h?pool={SECRET}", f"redis://h/{SECRET}", f"redis://:{'x' * 1025}@h", "redis://" + "h" * 254,
    "redis://h?pool=8" + "&" * 9000, "redis://" + ",".join("h" * 65) + "?cluster=1", "redis://h\n", "redis://h\0",
]  # fmt: skip


def opened(url: bytes | None, length: int, out: StoreStruct | None, err: Error | None) -> int:
    """What pinjwt_redis_store answers to just these arguments."""
    function = ctypes.CDLL(str(BUILT / "libpinjwt_redis.so")).pinjwt_redis_store
    function.argtypes = [c_char_p, c_size_t, POINTER(StoreStruct), POINTER(Error)]
    return int(function(url, length, byref(out) if out else None, byref(err) if err else None))


@pytest.mark.parametrize("url", MALFORMED)
def test_malformed_urls_are_refused(url: str) -> None:
    out, err = StoreStruct(), Error()
    assert opened(url.encode(), len(url), out, err) == err.status == Status.ARGUMENT
    assert out.size == 0
    message = err.message.decode("ascii")
    assert SECRET not in message
    assert "hidden" not in message
    assert SECRET[-4:] not in message
    assert 20 < len(message) < 192
    assert message.endswith(".")
    assert ". " not in message


def test_arguments_against_the_rules(shared_server: Server) -> None:
    url, out, err = shared_server.url.encode(), StoreStruct(), Error()
    attempts: list[tuple[bytes | None, int, StoreStruct | None]] = [
        (None, 5, out),
        (None, STR, out),
        (url, PTRDIFF_MAX + 1, out),
        (url, STR - 1, out),
        (url, STR, None),
    ]
    for text, length, target in attempts:
        assert opened(text, length, target, err) == err.status == Status.ARGUMENT
        assert opened(text, length, target, None) == Status.ARGUMENT
    assert opened(url, STR, out, None) == Status.OK
    out.release(out.context)


@pytest.mark.parametrize("form", [
    "redis://127.0.0.1:{port}", "redis://127.0.0.1:{port}/", "redis://127.0.0.1:{port}/3", "redis://localhost:{port}",
    "redis://127.0.0.1:{port}/0?pool=1&deadline_ms=60000&cluster=0", "redis://127.0.0.1:{port}?pool=64",
    "redis://127.0.0.1:{port}?deadline_ms=%350",
])  # fmt: skip
def test_well_formed_urls_open(shared_server: Server, form: str) -> None:
    with Store(form.format(port=shared_server.port)) as store:
        assert store.feed().entries == []


def test_databases_are_apart(shared_server: Server) -> None:
    with Store(shared_server.url) as first, Store(shared_server.url + "/5", space=first.space) as second:
        first.deny(b"x")
        assert (len(first.feed().entries), len(second.feed().entries)) == (1, 0)


def test_spaces_are_apart(shared_server: Server) -> None:
    with Store(shared_server.url) as first, Store(shared_server.url) as second:
        first.deny(b"x")
        assert (len(first.feed().entries), len(second.feed().entries)) == (1, 0)


def test_more_databases_than_there_are(shared_server: Server) -> None:
    with pytest.raises(StoreError, match="refused the database 4000") as caught:
        Store(shared_server.url + "/4000")
    assert caught.value.status == Status.STORE


def test_ipv6(tmp_path: Path) -> None:
    server = Server("--bind", HOST, "::1")
    try:
        with Store(f"redis://[::1]:{server.port}") as store:
            store.deny(b"x")
    finally:
        server.stop()


def test_nobody_listens() -> None:
    port = free_port()
    with pytest.raises(
        StoreError, match=rf"127\.0\.0\.1:{port} cannot be reached: it refuses connections"
    ) as caught:
        Store(f"redis://127.0.0.1:{port}")
    assert caught.value.status == Status.STORE


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(StoreError, match="cannot be resolved") as caught:
        Store("redis://nobody.invalid")
    assert caught.value.status == Status.STORE
