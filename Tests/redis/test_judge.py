"""The script that judges a presented token beside the judge of the library, on rows of all kinds."""

from __future__ import annotations

import ctypes
import random
import secrets
import struct
import time
from collections import Counter
from ctypes import POINTER, byref, c_int64, c_void_p
from pathlib import Path
from typing import Final

import pytest
import store_abi
from redis_server import Client, Server
from store_abi import NUMBERS, TEXTS, Row, RowSink, Store, Verdict, lend

LIBRARY: Final = Path(__file__).resolve().parents[2] / "build" / "lib" / "libpinjwt.so"
SEED: Final = 20261125
TRIES: Final = 4000
REVOKING: Final = (Verdict.REUSED, Verdict.ROLLED_BACK)


def packed(row: Row) -> bytes:
    """A row as it is stored; the layout stands in SharedScript.swift."""
    head = struct.pack(">BB7Q", 1, row.reason, *(getattr(row, name) for name in NUMBERS))
    for text in (row.seal, row.nonce, row.current, row.previous, row.jti):
        head += bytes([len(text)]) + text
    for text in (row.user, row.client, row.sid, row.claims, row.device, row.address, row.agent):
        head += struct.pack(">H", len(text)) + text
    return head


def plant(client: Client, space: bytes, row: Row, user_version: int) -> bytes:
    base = f"pinjwt:{space.hex()}:{{{row.selector[:4].hex()}}}"
    key = f"{base}:s:{row.selector[4:].hex()}".encode()
    client("SET", key, packed(row))
    if user_version:
        client("HSET", f"{base}:v", b"v" + row.user, user_version)
    else:
        client("DEL", f"{base}:v")
    return key


class Judge:
    """pinjwt_session_judge."""

    def __init__(self) -> None:
        self._function = ctypes.CDLL(str(LIBRARY)).pinjwt_session_judge
        self._function.argtypes = [
            POINTER(store_abi.RotateRequest),
            POINTER(store_abi.RowStruct),
            c_int64,
            c_int64,
            POINTER(store_abi.RotateAnswer),
            store_abi.SessionSink,
            c_void_p,
            POINTER(store_abi.Error),
        ]

    def __call__(
        self, request: store_abi.RotateRequest, row: Row, user_version: int, now: int
    ) -> tuple[Verdict, Row, bytes, list[Row]]:
        given = store_abi.RowStruct()
        for name in TEXTS:
            setattr(given, name, lend(getattr(row, name)))
        for name in (*NUMBERS, "reason"):
            setattr(given, name, getattr(row, name))
        answered, written = RowSink(), RowSink()
        answer = store_abi.RotateAnswer(None, answered.function)
        err = store_abi.Error()
        status = self._function(
            byref(request), byref(given), user_version, now, byref(answer), written.function, None, byref(err)
        )
        assert status == 0, err.message
        return Verdict(answer.verdict), answered.rows[0], answer.previous_jti, written.rows


def some_row(dice: random.Random, now: int, user: bytes) -> Row:
    """Around the edges of the judgement rather than anywhere."""
    near = [-600_000, -20_000, -10_000, -500, 0, 500, 10_000, 20_000, 600_000]
    rotated = max(0, now + dice.choice(near))
    end = max(0, now + dice.choice([-20_000, -1, 500, 20_000, 600_000, 600_000, 600_000]))
    idle_end = min(end, max(0, now + dice.choice([-1000, 500, 10_000, 600_000, 600_000, 600_000])))
    sealed = dice.random() < 0.8
    is_revoked = dice.random() < 0.1
    return Row(
        selector=b"tag!" + dice.randbytes(12),
        sid=secrets.token_urlsafe(16).encode(),
        user=user,
        client=dice.choice([b"client", b"client", b"client", b"other", b""]),
        current=dice.randbytes(32),
        claims=dice.randbytes(dice.choice([0, 2, 4096])),
        device=dice.randbytes(dice.choice([0, 64])),
        address=b"::1",
        agent=dice.randbytes(dice.choice([0, 256])),
        previous=dice.choice([b"", dice.randbytes(32), dice.randbytes(32)]),
        seal=dice.randbytes(32) if sealed else b"",
        nonce=dice.randbytes(16) if sealed else b"",
        jti=dice.choice([b"", b"a" * 22]),
        generation=dice.choice([0, 1, 2, 7, 2**32 - 1]),
        version=dice.choice([0, 1, 5]),
        created=max(0, rotated - 1000),
        rotated=rotated,
        idle_end=idle_end,
        end=end,
        revoked=now - 5000 if is_revoked else 0,
        reason=1 if is_revoked else 0,
    )


def test_script_and_library_judge_alike(shared_server: Server, store: Store) -> None:
    judge = Judge()
    dice = random.Random(SEED)
    seen: Counter[Verdict] = Counter()
    with shared_server.client() as client:
        for number in range(TRIES):
            user = b"user-%d" % (number % 3)
            row = some_row(dice, time.time_ns() // 1_000_000, user)
            user_version = dice.choice([0, 0, row.version, row.version + 1])
            generation = max(0, row.generation + dice.choice([-2, -1, -1, -1, 0, 0, 0, 0, 1, 2]))
            token = dice.choice([row.current, row.current, row.previous, row.previous, dice.randbytes(32)])
            request = store_abi.RotateRequest(
                lend(store.space),
                lend(row.selector),
                generation,
                lend(token or bytes(32)),
                lend(dice.choice([b"client", b"client", b"client", b""])),
                lend(dice.randbytes(32)),
                lend(dice.randbytes(32)),
                lend(dice.randbytes(16)),
                lend(b"b" * 22),
                dice.choice([0, 10_000, 10_000, 300_000]),
                dice.choice([1, 60_000, 10_000_000]),
                store_abi.TermsStruct(60_000, lend(bytes(8))),
            )
            key = plant(client, store.space, row, user_version)
            answer = store.rotate_request(request)
            verdict, expected, jti, written = judge(request, row, user_version, answer.now)
            assert answer.verdict == verdict, (row, generation)
            assert answer.session == expected, verdict
            assert answer.previous_jti == jti
            assert client("GET", key) == packed(written[0] if written else row), verdict
            seen[verdict] += 1
    assert set(seen) == set(Verdict) - {Verdict.UNKNOWN}, seen
    # Each of those that revoke is in the feed, once.
    assert len(store.feed(limit=8000).entries) == sum(seen[verdict] for verdict in REVOKING)


def test_no_row_is_unknown(store: Store) -> None:
    answer = store.rotate(b"tag!" + bytes(12), 0, bytes(32), bytes(32))
    assert (answer.verdict, answer.session, answer.previous_jti) == (Verdict.UNKNOWN, None, b"")


def test_rows_of_another_format_are_not_touched(shared_server: Server, store: Store) -> None:
    row = store_abi.new_row()
    with shared_server.client() as client:
        key = plant(client, store.space, row, 0)
        for planted in (b"\x02" + packed(row)[1:], b"", b"\x01", packed(row)[:-20], b"garbage"):
            client("SET", key, planted)
            with pytest.raises(store_abi.StoreError) as caught:
                store.rotate(row.selector, 0, row.current, bytes(32))
            assert caught.value.status == store_abi.Status.STORE
            assert client("GET", key) == planted
