"""The JWKS client against a real server: how often it asks, and what it does while nobody answers."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable

import pytest

import pinjwt
from keyserver import KeyServer, answers, drips, slow
from pinjwt import Algorithm, JWKSClient, Key, KeySet, Policy, Signer, Verifier

T0 = 1_800_000_000
LIFETIME, MAX_AGE, COOLDOWN = 600, 3600, 30
#: From four fifths of the lifetime on, the set is fetched while it still serves.
EARLY = LIFETIME * 4 // 5

POLICY = Policy(max_lifetime=100_000, lifetime=90_000)
OLD, NEW = Key.generate(Algorithm.ES256), Key.generate(Algorithm.ES256)
OLD_TOKEN = Signer(POLICY, OLD).sign({}, now=T0)
NEW_TOKEN = Signer(POLICY, NEW).sign({}, now=T0)


def jwks(*keys: Key) -> str:
    published = KeySet()
    for key in keys:
        published.add(key)
    return published.to_jwks()


def client(server: KeyServer, **settings: object) -> JWKSClient:
    options: dict[str, object] = {
        "lifetime": LIFETIME,
        "max_age": MAX_AGE,
        "cooldown": COOLDOWN,
        "allow_http": True,
        "timeout": 5.0,
    }
    return JWKSClient(server.url, Algorithm.ES256, **{**options, **settings})  # type: ignore[arg-type]


def unknown_kid(token: str) -> str:
    """The token with a kid that nobody knows: what a forger sends by the thousand."""
    _, payload, signature = token.split(".")
    header = json.dumps({"alg": "ES256", "kid": os.urandom(8).hex()}).encode()
    return ".".join((base64.urlsafe_b64encode(header).rstrip(b"=").decode(), payload, signature))


def in_threads(count: int, work: Callable[[int], object]) -> list[BaseException]:
    """Do work in threads that begin at the same time, and return what they raised."""
    barrier, raised = threading.Barrier(count), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_nothing_is_fetched_before_the_first_use(server: KeyServer) -> None:
    server.answer = answers(jwks(OLD))
    keys = client(server)
    verifier = Verifier(POLICY, keys)
    assert server.count == 0
    assert verifier.verify(OLD_TOKEN, now=T0)
    assert verifier.verify(OLD_TOKEN, now=T0 + EARLY - 1)
    assert server.count == 1
    assert server.paths == ["/keys"]
    assert server.agents[0].startswith("pinjwt-python/")
    assert f"http://{server.hosts[0]}/keys" == server.url


def test_refresh_fetches_at_the_start_of_a_program(server: KeyServer) -> None:
    server.answer = answers(jwks(OLD))
    keys = client(server)
    keys.refresh(now=T0)
    keys.refresh(now=T0 + COOLDOWN - 1)
    assert server.count == 1
    keys.refresh(now=T0 + COOLDOWN)
    assert server.count == 2
    assert Verifier(POLICY, keys).verify(OLD_TOKEN, now=T0 + COOLDOWN)
    assert server.count == 2


def test_a_storm_of_unknown_kids_makes_one_request_per_cooldown(server: KeyServer) -> None:
    server.answer = answers(jwks(OLD))
    verifier = Verifier(POLICY, client(server))
    verifier.verify(OLD_TOKEN, now=T0)
    expected = 1
    for turn in range(1, 5):
        for number in range(2500):
            with pytest.raises(pinjwt.UnknownKeyError):
                verifier.verify(unknown_kid(OLD_TOKEN), now=T0 + turn * COOLDOWN + number % COOLDOWN)
        # The clock of this test goes round within one cooldown, so each turn allows one request.
        expected += 1
        assert server.count == expected
    assert verifier.verify(OLD_TOKEN, now=T0 + 5 * COOLDOWN)


def test_a_storm_from_many_threads_makes_one_request(server: KeyServer) -> None:
    server.answer = answers(jwks(OLD))
    verifier = Verifier(POLICY, client(server))
    verifier.verify(OLD_TOKEN, now=T0)
    server.answer = slow(0.2, answers(jwks(OLD)))

    def storm(number: int) -> None:
        for _ in range(50):
            with pytest.raises(pinjwt.UnknownKeyError):
                verifier.verify(unknown_kid(OLD_TOKEN), now=T0 + COOLDOWN)
            assert verifier.verify(OLD_TOKEN, now=T0 + COOLDOWN)

    assert in_threads(16, storm) == []
    assert server.count == 2


@pytest.mark.parametrize("status", [404, 500])
def test_a_storm_while_the_server_fails_makes_one_request_per_cooldown(
    server: KeyServer, status: int
) -> None:
    server.answer = answers("", status)
    verifier = Verifier(POLICY, client(server))
    for turn in range(1, 4):
        for _ in range(500):
            with pytest.raises(pinjwt.KeySourceError):
                verifier.verify(unknown_kid(OLD_TOKEN), now=T0 + turn * COOLDOWN)
        assert server.count == turn
    # And with a set that is there, but may be too old to have the kid.
    server.answer = answers(jwks(OLD))
    verifier.verify(OLD_TOKEN, now=T0 + 4 * COOLDOWN)
    server.answer = answers("", status)
    for turn in range(5, 8):
        for _ in range(500):
            with pytest.raises(pinjwt.UnknownKeyError):
                verifier.verify(unknown_kid(OLD_TOKEN), now=T0 + turn * COOLDOWN)
        assert server.count == turn


def test_a_storm_of_tokens_without_kid_or_of_other_algorithms_makes_no_request(server: KeyServer) -> None:
    server.answer = answers(jwks(OLD))
    verifier = Verifier(POLICY, client(server))
    verifier.verify(OLD_TOKEN, now=T0)
    _, payload, signature = NEW_TOKEN.split(".")
    for header in ({"alg": "ES256"}, {"alg": "none", "kid": "x"}, {"alg": "HS256", "kid": OLD.id}):
        first = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
        with pytest.raises((pinjwt.SignatureError, pinjwt.AlgorithmError)):
            verifier.verify(f"{first}.{payload}.{signature}", now=T0 + COOLDOWN)
    assert server.count == 1


def test_a_key_of_another_allowed_algorithm_is_found_too(server: KeyServer) -> None:
    server.answer = answers(jwks(OLD))
    keys = JWKSClient(server.url, [Algorithm.ES256, Algorithm.EDDSA], cooldown=COOLDOWN, allow_http=True)
    verifier = Verifier(POLICY, keys)
    verifier.verify(OLD_TOKEN, now=T0)
    edwards = Key.generate(Algorithm.EDDSA)
    server.answer = answers(jwks(OLD, edwards))
    assert verifier.verify(Signer(POLICY, edwards).sign({}, now=T0), now=T0 + COOLDOWN)


def test_threads_that_start_together_share_one_request(server: KeyServer) -> None:
    server.answer = slow(0.3, answers(jwks(OLD)))
    verifier = Verifier(POLICY, client(server))
    assert in_threads(16, lambda number: verifier.verify(OLD_TOKEN, now=T0)) == []
    assert server.count == 1


def test_threads_that_start_together_share_one_failure(server: KeyServer) -> None:
    server.answer = slow(0.3, answers("", 503))
    verifier = Verifier(POLICY, client(server))
    raised = in_threads(16, lambda number: verifier.verify(OLD_TOKEN, now=T0))
    assert [type(error) for error in raised] == [pinjwt.KeySourceError] * 16
    assert sum(error.__cause__ is not None for error in raised) == 1
    assert server.count == 1


def test_the_set_is_fetched_before_it_is_too_old(server: KeyServer) -> None:
    server.answer = answers(jwks(OLD))
    verifier = Verifier(POLICY, client(server))
    verifier.verify(OLD_TOKEN, now=T0)
    server.answer = answers(jwks(OLD, NEW))
    verifier.verify(OLD_TOKEN, now=T0 + EARLY)
    assert server.count == 2
    assert verifier.verify(NEW_TOKEN, now=T0 + EARLY)
    assert server.count == 2


def test_one_thread_fetches_early_and_the_others_go_on(server: KeyServer) -> None:
    server.answer = answers(jwks(OLD))
    verifier = Verifier(POLICY, client(server))
    verifier.verify(OLD_TOKEN, now=T0)
    held, going = threading.Event(), threading.Event()

    def hold(handler: object) -> None:
        going.set()
        held.wait(10)
        answers(jwks(OLD, NEW))(handler)  # type: ignore[arg-type]

    server.answer = hold
    first = threading.Thread(target=verifier.verify, args=(OLD_TOKEN,), kwargs={"now": T0 + EARLY})
    first.start()
    assert going.wait(10)
    # The fetch is under way; these would hang if they waited for it.
    for _ in range(100):
        assert verifier.verify(OLD_TOKEN, now=T0 + EARLY)
    held.set()
    first.join()
    assert verifier.verify(NEW_TOKEN, now=T0 + EARLY)
    assert server.count == 2


def test_keys_rotate(server: KeyServer) -> None:
    server.answer = answers(jwks(OLD))
    verifier = Verifier(POLICY, client(server))
    assert verifier.verify(OLD_TOKEN, now=T0)
    server.answer = answers(jwks(OLD, NEW))
    # Within the cooldown the new key is unknown; after it, its kid makes the set be fetched.
    with pytest.raises(pinjwt.UnknownKeyError):
        verifier.verify(NEW_TOKEN, now=T0 + COOLDOWN - 1)
    assert verifier.verify(NEW_TOKEN, now=T0 + COOLDOWN)
    assert server.count == 2
    server.answer = answers(jwks(NEW))
    assert verifier.verify(NEW_TOKEN, now=T0 + COOLDOWN + EARLY)
    with pytest.raises(pinjwt.UnknownKeyError):
        verifier.verify(OLD_TOKEN, now=T0 + COOLDOWN + EARLY)
    assert server.count == 3


def test_the_last_good_set_serves_until_its_maximum_age(server: KeyServer) -> None:
    server.answer = answers(jwks(OLD))
    verifier = Verifier(POLICY, client(server))
    verifier.verify(OLD_TOKEN, now=T0)
    server.stop()
    for later in (EARLY, LIFETIME, LIFETIME * 2, MAX_AGE - 1):
        assert verifier.verify(OLD_TOKEN, now=T0 + later)
    with pytest.raises(pinjwt.KeySourceError) as caught:
        verifier.verify(OLD_TOKEN, now=T0 + MAX_AGE + COOLDOWN)
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    assert not isinstance(caught.value, pinjwt.TokenError)
    server.start()
    server.answer = answers(jwks(OLD))
    # It asks again after a cooldown, not sooner.
    with pytest.raises(pinjwt.KeySourceError) as caught:
        verifier.verify(OLD_TOKEN, now=T0 + MAX_AGE + 2 * COOLDOWN - 1)
    assert caught.value.__cause__ is None
    assert verifier.verify(OLD_TOKEN, now=T0 + MAX_AGE + 2 * COOLDOWN)
    assert server.count == 2


@pytest.mark.parametrize(
    "rubbish",
    [
        answers("", 404),
        answers("", 500),
        answers("", 204),
        answers(jwks(NEW), 203),
        answers(""),
        answers("rubbish"),
        answers(b"\xff\xfe\x00" * 100),
        answers("{}"),
        answers("[]"),
        answers('{"keys":{}}'),
        answers('{"keys":[]}'),
        answers('{"keys":[{"kty":"RSA"}]}'),
        answers('{"keys":[' + "[" * 10000),
        answers(jwks(NEW)[:-5]),
        answers(jwks(Key.generate(Algorithm.EDDSA))),
        answers("", 302, Location="http://127.0.0.1:1/keys"),
        answers('{"keys":[{"kty":"oct","kid":"k","k":"' + "A" * 43 + '"}]}'),
    ],
)
def test_what_cannot_be_used_does_not_replace_the_set(
    server: KeyServer, rubbish: Callable[..., None]
) -> None:
    fresh = client(server)
    server.answer = rubbish
    with pytest.raises(pinjwt.KeySourceError):
        fresh.refresh(now=T0)
    with pytest.raises(pinjwt.KeySourceError):
        Verifier(POLICY, fresh).verify(OLD_TOKEN, now=T0)
    assert server.count == 1

    server.answer = answers(jwks(OLD))
    verifier = Verifier(POLICY, client(server))
    assert verifier.verify(OLD_TOKEN, now=T0)
    server.answer = rubbish
    assert verifier.verify(OLD_TOKEN, now=T0 + LIFETIME)
    assert server.count == 3


def test_a_document_over_the_limit_is_refused(server: KeyServer) -> None:
    document = jwks(OLD)
    server.answer = answers(document + " " * (2000 - len(document)))
    client(server, max_size=2000).refresh(now=T0)
    with pytest.raises(pinjwt.KeySourceError) as caught:
        client(server, max_size=1999).refresh(now=T0)
    assert "1999" in str(caught.value.__cause__)


def test_a_verification_waits_no_longer_than_the_timeout(server: KeyServer) -> None:
    server.answer = drips(jwks(OLD).encode(), 0.05)
    verifier = Verifier(POLICY, client(server, timeout=0.5))
    start = time.monotonic()
    with pytest.raises(pinjwt.KeySourceError) as caught:
        verifier.verify(OLD_TOKEN, now=T0)
    assert 0.4 < time.monotonic() - start < 5
    assert isinstance(caught.value.__cause__, (TimeoutError, OSError))


def test_another_fetcher_is_given_the_url_and_the_limit() -> None:
    asked = []

    def fetch(url: str, max_size: int) -> bytes:
        asked.append((url, max_size))
        return jwks(OLD).encode()

    keys = JWKSClient("https://idp.example/keys?a=b", [Algorithm.ES256], fetch=fetch, max_size=5000)
    assert Verifier(POLICY, keys).verify(OLD_TOKEN, now=T0)
    assert asked == [("https://idp.example/keys?a=b", 5000)]


class CannotFetchError(Exception):
    """What the fetchers below raise."""


def test_what_a_fetcher_raises_is_the_cause() -> None:
    def fetch(url: str, max_size: int) -> bytes:
        raise CannotFetchError

    keys = JWKSClient("https://idp.example/keys", Algorithm.ES256, fetch=fetch)
    for refused in (
        lambda: keys.refresh(now=T0),
        lambda: Verifier(POLICY, keys).verify(OLD_TOKEN, now=T0 + 3600),
    ):
        with pytest.raises(pinjwt.KeySourceError) as caught:
            refused()
        assert isinstance(caught.value.__cause__, CannotFetchError)


@pytest.mark.parametrize("answer", [None, "text", 1, [b"x"], b"x" * 1025])
def test_a_fetcher_that_gives_no_document_fails(answer: object) -> None:
    keys = JWKSClient(
        "https://idp.example/keys",
        Algorithm.ES256,
        fetch=lambda url, size: answer,  # type: ignore[arg-type,return-value]
        max_size=1024,
    )
    with pytest.raises(pinjwt.KeySourceError) as caught:
        keys.refresh()
    assert isinstance(caught.value.__cause__, (TypeError, ValueError))


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_fetch_that_is_interrupted_goes_on_as_such(stop: type[BaseException]) -> None:
    documents: list[bytes | None] = [None, jwks(OLD).encode(), None]

    def fetch(url: str, max_size: int) -> bytes:
        document = documents.pop(0)
        if document is None:
            raise stop
        return document

    keys = JWKSClient("https://idp.example/keys", Algorithm.ES256, fetch=fetch)
    verifier = Verifier(POLICY, keys)
    with pytest.raises(stop):
        verifier.verify(OLD_TOKEN, now=T0)
    assert verifier.verify(OLD_TOKEN, now=T0 + 30)
    # Even where the last good set would have served.
    with pytest.raises(stop):
        verifier.verify(OLD_TOKEN, now=T0 + 30 + 600)
    assert verifier.verify(OLD_TOKEN, now=T0 + 30 + 600)


def test_a_fetcher_may_use_the_library_and_even_its_own_client() -> None:
    def fetch(url: str, max_size: int) -> bytes:
        with pytest.raises(pinjwt.KeySourceError):
            verifier.verify(OLD_TOKEN, now=T0)
        return jwks(OLD).encode()

    verifier = Verifier(POLICY, JWKSClient("https://idp.example/keys", Algorithm.ES256, fetch=fetch))
    assert verifier.verify(OLD_TOKEN, now=T0)


def test_a_child_does_not_wait_for_a_fetch_of_its_parent() -> None:
    held, going = threading.Event(), threading.Event()

    def fetch(url: str, max_size: int) -> bytes:
        if os.getpid() == parent:
            going.set()
            held.wait(10)
        return jwks(OLD).encode()

    parent = os.getpid()
    verifier = Verifier(POLICY, JWKSClient("https://idp.example/keys", Algorithm.ES256, fetch=fetch))
    thread = threading.Thread(target=verifier.verify, args=(OLD_TOKEN,), kwargs={"now": T0})
    thread.start()
    assert going.wait(10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking beside threads is what this is about
        child = os.fork()
    if child == 0:
        signal.alarm(10)
        with contextlib.suppress(BaseException):
            verifier.verify(OLD_TOKEN, now=T0)
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    held.set()
    thread.join()


def test_a_clock_that_is_set_back_does_not_stop_fetching(server: KeyServer) -> None:
    server.answer = answers(jwks(OLD))
    verifier = Verifier(POLICY, client(server))
    token = Signer(POLICY, OLD).sign({}, now=T0 - 80_000)
    assert verifier.verify(token, now=T0)
    server.answer = answers(jwks(NEW))
    new = Signer(POLICY, NEW).sign({}, now=T0 - 80_000)
    assert verifier.verify(new, now=T0 - 70_000)


def test_a_source_serves_several_verifiers_and_outlives_its_client(server: KeyServer) -> None:
    server.answer = answers(jwks(OLD))
    verifiers = [Verifier(POLICY, keys) for keys in [client(server)] for _ in range(3)]
    for verifier in verifiers:
        assert verifier.verify(OLD_TOKEN, now=T0)
    assert server.count == 1


@pytest.mark.parametrize(
    ("url", "settings", "error"),
    [
        ("http://idp.example/keys", {}, pinjwt.ArgumentError),
        ("file:///etc/passwd", {}, pinjwt.ArgumentError),
        ("file:///etc/passwd", {"allow_http": True}, pinjwt.ArgumentError),
        ("ftp://idp.example/keys", {"allow_http": True}, pinjwt.ArgumentError),
        ("https://", {}, pinjwt.ArgumentError),
        ("https://user@idp.example/", {}, pinjwt.ArgumentError),
        ("https://user:word@idp.example/", {}, pinjwt.ArgumentError),
        ("https://idp.example/ x", {}, pinjwt.ArgumentError),
        ("https://idp.example/\r\nX: y", {}, pinjwt.ArgumentError),
        ("https://idp.example/\0", {}, pinjwt.ArgumentError),
        ("https://idp.examplé/", {}, pinjwt.ArgumentError),
        ("", {}, pinjwt.ArgumentError),
        (b"https://idp.example/", {}, TypeError),
        ("https://idp.example/", {"lifetime": 0}, pinjwt.ArgumentError),
        ("https://idp.example/", {"lifetime": 86401}, pinjwt.ArgumentError),
        ("https://idp.example/", {"max_age": 0}, pinjwt.ArgumentError),
        ("https://idp.example/", {"cooldown": 0}, pinjwt.ArgumentError),
        ("https://idp.example/", {"max_size": 10}, pinjwt.ArgumentError),
        ("https://idp.example/", {"max_size": -1}, pinjwt.ArgumentError),
        ("https://idp.example/", {"timeout": 0}, pinjwt.ArgumentError),
        ("https://idp.example/", {"timeout": 1e20}, pinjwt.ArgumentError),
        ("https://idp.example/", {"timeout": True}, TypeError),
        ("https://idp.example/", {"timeout": float("nan")}, pinjwt.ArgumentError),
        ("https://idp.example/", {"timeout": "5"}, TypeError),
        ("https://idp.example/", {"fetch": "no"}, TypeError),
    ],
)
def test_clients_that_are_none(url: str, settings: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        JWKSClient(url, Algorithm.ES256, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("algorithms", "error"),
    [
        (Algorithm.HS256, pinjwt.KeyMismatchError),
        ([Algorithm.ES256, Algorithm.HS512], pinjwt.KeyMismatchError),
        ([], pinjwt.ArgumentError),
        ([Algorithm.ES256] * 17, pinjwt.ArgumentError),
        (["ES256"], TypeError),
        ("ES256", TypeError),
        ([10], TypeError),
    ],
)
def test_algorithms_that_are_none(algorithms: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        JWKSClient("https://idp.example/keys", algorithms)  # type: ignore[arg-type]
