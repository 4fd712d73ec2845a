from __future__ import annotations

import ctypes
import gc
import hashlib
import sys
import threading
import weakref
from typing import Any

import pytest

import pinjwt
from pinjwt import Algorithm, Claims, Event, EventType, Key, Policy, Signer, Verdict, Verifier, _abi

KEY = Key.from_secret(Algorithm.HS256, hashlib.sha256(b"a secret").digest())
TOKEN = Signer(Policy(), KEY).sign({"sub": "alice"})


class LookupFailedError(Exception):
    """What the checks below raise."""


def fails(claims: Claims) -> Verdict:
    raise LookupFailedError("the database is down")


def on_another_thread(work: Any) -> BaseException | None:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised[0] if raised else None


def on_this_thread(work: Any) -> BaseException | None:
    try:
        work()
    except BaseException as error:
        return error
    return None


THREADS = [on_this_thread, on_another_thread]


@pytest.mark.parametrize("run", THREADS)
def test_allow_lets_the_token_pass_and_sees_its_claims(run: Any) -> None:
    seen: list[Claims] = []

    def check(claims: Claims) -> Verdict:
        seen.append(claims)
        return Verdict.ALLOW

    assert run(lambda: Verifier(Policy(revocation=check), KEY).verify(TOKEN)) is None
    assert seen[0].subject == "alice"


@pytest.mark.parametrize("run", THREADS)
def test_revoked_refuses(run: Any) -> None:
    verifier = Verifier(Policy(revocation=lambda claims: Verdict.REVOKED), KEY)
    assert isinstance(run(lambda: verifier.verify(TOKEN)), pinjwt.RevokedError)


@pytest.mark.parametrize("run", THREADS)
@pytest.mark.parametrize("answer", [None, True, False, 0, 1, 0x50415353, "ALLOW", object(), Exception()])
def test_any_other_answer_refuses(run: Any, answer: Any) -> None:
    verifier = Verifier(Policy(revocation=lambda claims: answer), KEY)
    error = run(lambda: verifier.verify(TOKEN))
    assert isinstance(error, pinjwt.StoreError)
    assert error.__cause__ is None


@pytest.mark.parametrize("run", THREADS)
def test_a_check_that_raises_refuses_and_is_the_cause(run: Any) -> None:
    error = run(lambda: Verifier(Policy(revocation=fails), KEY).verify(TOKEN))
    assert isinstance(error, pinjwt.StoreError)
    assert isinstance(error.__cause__, LookupFailedError)
    # Not the token's fault: a server answers 503.
    assert isinstance(error, pinjwt.UnavailableError)
    assert not isinstance(error, pinjwt.TokenError)


@pytest.mark.parametrize("run", THREADS)
@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_check_that_is_interrupted_is_not_a_refusal_to_be_handled(
    run: Any, stop: type[BaseException]
) -> None:
    def check(claims: Claims) -> Verdict:
        raise stop

    assert isinstance(run(lambda: Verifier(Policy(revocation=check), KEY).verify(TOKEN)), stop)


def test_the_cause_of_one_token_is_not_another_ones() -> None:
    with pytest.raises(pinjwt.StoreError):
        Verifier(Policy(revocation=fails), KEY).verify(TOKEN)
    with pytest.raises(pinjwt.StoreError) as caught:
        Verifier(Policy(revocation=lambda claims: None), KEY).verify(TOKEN)  # type: ignore[arg-type,return-value]
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("run", THREADS)
def test_a_plain_ctypes_callback_that_raises_refuses(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", reported.append)

    def raises(context: int, claims: int) -> int:
        raise LookupFailedError

    check = _abi.REVOCATION(raises)
    policy = Policy()
    error = _abi.Error()
    assert not _abi.policy_set_revocation(
        policy._handle.pointer, check, None, _abi.RELEASE(), ctypes.byref(error)
    )
    verifier = Verifier(policy, KEY)
    assert isinstance(run(lambda: verifier.verify(TOKEN)), pinjwt.StoreError)
    assert len(reported) == 1


def test_a_check_is_not_asked_about_what_is_refused_anyway() -> None:
    asked: list[Claims] = []

    def check(claims: Claims) -> Verdict:
        asked.append(claims)
        return Verdict.ALLOW

    verifier = Verifier(Policy(revocation=check), KEY)
    forged = Signer(Policy(), Key.generate(Algorithm.HS256)).sign({})
    with pytest.raises(pinjwt.SignatureError):
        verifier.verify(forged)
    with pytest.raises(pinjwt.ExpiredError):
        verifier.verify(TOKEN, now=4_000_000_000)
    assert not asked


def test_a_check_may_use_the_library() -> None:
    plain = Verifier(Policy(), KEY)

    def check(claims: Claims) -> Verdict:
        with pytest.raises(pinjwt.TokenError):
            plain.verify("rubbish")
        return Verdict.ALLOW if plain.verify(TOKEN).token_id == claims.token_id else Verdict.REVOKED

    assert Verifier(Policy(revocation=check), KEY).verify(TOKEN).subject == "alice"


def test_events_tell_a_tokens_life() -> None:
    events: list[Event] = []
    policy = Policy(on_event=events.append, lifetime=60)
    key = KEY.with_id("k1")
    signer, verifier = Signer(policy, key), Verifier(policy, key)
    token = signer.sign({"sub": "bob", "jti": "id-1"}, now=1_700_000_000)
    verifier.verify(token, now=1_700_000_001)
    for refused, now in [(token, 1_700_000_060), (token[:-4] + "AAAA", 1_700_000_001)]:
        with pytest.raises(pinjwt.TokenError):
            verifier.verify(refused, now=now)
    told = [(e.type, e.status.name, e.at - 1_700_000_000, e.jti, e.sub, e.kid, e.claim) for e in events]
    assert told == [
        (EventType.SIGNED, "OK", 0, "id-1", "bob", "k1", ""),
        (EventType.VERIFIED, "OK", 1, "id-1", "bob", "k1", ""),
        (EventType.REJECTED, "E_EXPIRED", 60, "id-1", "bob", "k1", "exp"),
        (EventType.REJECTED, "E_SIGNATURE", 1, "", "", "k1", ""),
    ]


def test_a_handler_that_raises_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda given: reported.append(given.exc_type))

    def handler(event: Event) -> None:
        raise LookupFailedError

    assert Verifier(Policy(on_event=handler), KEY).verify(TOKEN).subject == "alice"
    assert reported == [LookupFailedError]


def test_a_hook_lives_as_long_as_its_last_user() -> None:
    class Check:
        def __call__(self, claims: Claims) -> Verdict:
            return Verdict.ALLOW

    check = Check()
    gone = weakref.ref(check)
    policy = Policy(revocation=check)
    verifier = Verifier(policy, KEY)
    del check, policy
    gc.collect()
    assert gone() is not None
    assert verifier.verify(TOKEN).subject == "alice"
    del verifier
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_event_handler_can_be_interrupted(stop: type[BaseException]) -> None:
    def handler(event: pinjwt.Event) -> None:
        raise stop

    signer = pinjwt.Signer(pinjwt.Policy(on_event=handler), pinjwt.Key.generate(pinjwt.Algorithm.HS256))
    with pytest.raises(stop):
        signer.sign({})
