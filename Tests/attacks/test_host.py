"""Rows 38 and 40: what a host can do wrong, straight at the C functions."""

from __future__ import annotations

import ctypes
import threading
from typing import Any

import pytest

from forge import NOW, SECRET, honest
from pinjwt import Algorithm, Key, Policy, Verifier, _abi
from pinjwt._errors import Status

KEY = Key.from_secret(Algorithm.HS256, SECRET)
VERIFIER = Verifier(Policy(), KEY)
TOKEN = honest().encode()


def verify(handle: Any, token: bytes | None, length: int, now: int) -> str:
    buffer = ctypes.create_string_buffer(4096)
    error = _abi.Error()
    result = _abi.verify_json(handle, token, length, now, buffer, 4096, None, ctypes.byref(error))
    assert result == error.status
    assert result == 0 or buffer.raw == bytes(4096)
    return Status(result).name


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (0x50415353, "OK"),
        (0x52455631, "E_REVOKED"),
        (0, "E_STORE"),
        (1, "E_STORE"),
        (-1, "E_STORE"),
        (0x50415352, "E_STORE"),
        (0x7FFFFFFF, "E_STORE"),
    ],
)
@pytest.mark.parametrize("elsewhere", [False, True], ids=["main thread", "another thread"])
def test_38_only_the_distinctive_value_lets_a_token_pass(answer: int, expected: str, elsewhere: bool) -> None:
    def check(context: int, claims: int) -> int:
        return answer

    callback = _abi.REVOCATION(check)
    policy = Policy()
    _abi.policy_set_revocation(policy._handle.pointer, callback, None, _abi.RELEASE(), None)
    verifier = Verifier(policy, KEY)
    results: list[str] = []

    def run() -> None:
        results.append(verify(verifier._handle.pointer, TOKEN, len(TOKEN), NOW))

    if elsewhere:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    else:
        run()
    assert results == [expected]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("elsewhere", [False, True], ids=["main thread", "another thread"])
def test_38_a_hook_that_raises_returns_zero(elsewhere: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[Any] = []
    monkeypatch.setattr("sys.unraisablehook", lambda given: raised.append(given.exc_type))

    def check(context: int, claims: int) -> int:
        raise LookupError

    callback = _abi.REVOCATION(check)
    policy = Policy()
    _abi.policy_set_revocation(policy._handle.pointer, callback, None, _abi.RELEASE(), None)
    verifier = Verifier(policy, KEY)
    results: list[str] = []

    def run() -> None:
        results.append(verify(verifier._handle.pointer, TOKEN, len(TOKEN), NOW))

    thread = threading.Thread(target=run)
    if elsewhere:
        thread.start()
        thread.join()
    else:
        run()
    assert results == ["E_STORE"]
    assert raised == [LookupError]


@pytest.mark.parametrize("now", [-1, -(2**63), NOW * 1000, 253402300800, 2**63 - 1])
def test_40_times_out_of_bounds(now: int) -> None:
    assert verify(VERIFIER._handle.pointer, TOKEN, len(TOKEN), now) == "E_ARGUMENT"


def test_40_zero_is_the_clock() -> None:
    assert verify(VERIFIER._handle.pointer, TOKEN, len(TOKEN), 0) == "E_EXPIRED"
    assert verify(VERIFIER._handle.pointer, TOKEN, len(TOKEN), NOW) == "OK"


@pytest.mark.parametrize("length", [2**63, 2**63 + 5, 2**64 - 2])
def test_40_lengths_over_ptrdiff_max(length: int) -> None:
    assert verify(VERIFIER._handle.pointer, TOKEN, length, NOW) == "E_ARGUMENT"
    out = ctypes.c_void_p()
    error = _abi.Error()
    secret = (ctypes.c_char * 64).from_buffer_copy(SECRET)
    assert (
        _abi.key_from_secret(1, secret, length, ctypes.byref(out), ctypes.byref(error)) == Status.E_ARGUMENT
    )
    assert _abi.key_from_secret(1, secret, 2**64 - 1, ctypes.byref(out), None) == Status.E_ARGUMENT
    assert not out


def test_40_pinjwt_str_ends_at_the_nul() -> None:
    assert verify(VERIFIER._handle.pointer, TOKEN, 2**64 - 1, NOW) == "OK"
    assert verify(VERIFIER._handle.pointer, None, 2**64 - 1, NOW) == "E_ARGUMENT"
    assert verify(None, TOKEN, len(TOKEN), NOW) == "E_ARGUMENT"
