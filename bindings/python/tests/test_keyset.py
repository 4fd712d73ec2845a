"""Key sets."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from typing import Any

import jwt
import pytest

import pinjwt
from pinjwt import Algorithm, Key, KeySet, Policy, Signer, Verifier

A = Key.generate(Algorithm.EDDSA).with_id("a")
B = Key.generate(Algorithm.ES256).with_id("b")
SECRET = Key.generate(Algorithm.HS256).with_id("s")


def of(*keys: Key) -> KeySet:
    made = KeySet()
    for key in keys:
        made.add(key)
    return made


def token(key: Key) -> str:
    return Signer(Policy(), key).sign({"sub": key.id})


def without_kid(key: Key) -> str:
    """Sign with another library, which writes no kid unless it is told to."""
    private = jwt.PyJWK(json.loads(key.to_jwk(private=True))).key
    claims = {"sub": key.id, "exp": int(time.time()) + 60}
    return jwt.encode(claims, private, algorithm=key.algorithm.jose_name)


def test_the_kid_picks_the_key() -> None:
    keys = of(A, B)
    assert len(keys) == 2
    verifier = Verifier(Policy(), keys)
    assert verifier.verify(token(A)).subject == "a"
    assert verifier.verify(token(B)).subject == "b"
    assert verifier.verify(without_kid(B)).subject == "b"
    with pytest.raises(pinjwt.UnknownKeyError) as caught:
        verifier.verify(token(A.with_id("c")))
    assert isinstance(caught.value, pinjwt.TokenError)
    assert caught.value.status is pinjwt.Status.E_KEY_UNKNOWN
    with pytest.raises(pinjwt.SignatureError):
        verifier.verify(token(Key.generate(Algorithm.EDDSA).with_id("a")))
    with pytest.raises(pinjwt.AlgorithmError):
        verifier.verify(token(Key.generate(Algorithm.ES384).with_id("a")))
    # The kid of one key with the algorithm of another.
    with pytest.raises(pinjwt.AlgorithmError):
        verifier.verify(token(Key.generate(Algorithm.ES256).with_id("a")))


def test_a_verifier_follows_its_set() -> None:
    keys = KeySet()
    verifier = Verifier(Policy(), keys)
    with pytest.raises(pinjwt.TokenError):
        verifier.verify(token(A))
    keys.add(A)
    assert verifier.verify(token(A))
    keys.remove("a")
    assert len(keys) == 0
    with pytest.raises(pinjwt.TokenError):
        verifier.verify(token(A))
    keys.load_jwks(of(B).to_jwks(), Algorithm.ES256)
    assert verifier.verify(token(B))
    del keys
    assert verifier.verify(token(B))


def test_sets_of_secrets() -> None:
    keys = of(SECRET)
    assert Verifier(Policy(), keys).verify(token(SECRET))
    with pytest.raises(pinjwt.KeyMismatchError):
        keys.to_jwks()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda keys: keys.add(A), pinjwt.DuplicateKeyError),
        (lambda keys: keys.add(SECRET), pinjwt.KeyUseError),
        (lambda keys: keys.add(Key.generate(Algorithm.HS256)), pinjwt.ArgumentError),
        (lambda keys: keys.add("a"), TypeError),
        (lambda keys: keys.remove("c"), pinjwt.UnknownKeyError),
        (lambda keys: keys.remove(b"a"), TypeError),
        (lambda keys: keys.load_jwks("{}", Algorithm.ES256), pinjwt.KeyFormatError),
        (lambda keys: keys.load_jwks("", Algorithm.ES256), pinjwt.KeyFormatError),
        (lambda keys: keys.load_jwks(b"\xff", Algorithm.ES256), pinjwt.KeyFormatError),
        (lambda keys: keys.load_jwks(None, Algorithm.ES256), TypeError),
        (lambda keys: keys.load_jwks(of(B).to_jwks(), []), pinjwt.ArgumentError),
        (lambda keys: keys.load_jwks(of(B).to_jwks(), [Algorithm.ES256] * 17), pinjwt.ArgumentError),
        (lambda keys: keys.load_jwks(of(B).to_jwks(), "ES256"), TypeError),
        (lambda keys: keys.load_jwks(of(B).to_jwks(), [10]), TypeError),
        (
            lambda keys: keys.load_jwks(
                json.dumps({"keys": [json.loads(B.to_jwk()), json.loads(B.to_jwk())]}), Algorithm.ES256
            ),
            pinjwt.DuplicateKeyError,
        ),
        (
            lambda keys: keys.load_jwks(
                json.dumps({"keys": [json.loads(B.to_jwk()), {"kty": "oct", "k": "AA"}]}), Algorithm.ES256
            ),
            pinjwt.KeyUseError,
        ),
    ],
)
def test_a_change_that_is_refused_changes_nothing(change: Any, error: type[Exception]) -> None:
    keys = of(A)
    with pytest.raises(error):
        change(keys)
    assert len(keys) == 1
    assert Verifier(Policy(), keys).verify(token(A))


def test_documents_are_read_in_every_kind_of_text() -> None:
    document = of(A, B).to_jwks()
    for given in (document, document.encode(), bytearray(document.encode()), memoryview(document.encode())):
        keys = KeySet()
        assert keys.load_jwks(given, (Algorithm.EDDSA, Algorithm.ES256)) == 0
        assert len(keys) == 2
        assert keys.load_jwks(given, Algorithm.ES256) == 1
        assert len(keys) == 1


def test_a_set_is_published_without_private_halves() -> None:
    document = json.loads(of(A, B).to_jwks())
    assert [key["kid"] for key in document["keys"]] == ["a", "b"]
    assert all("d" not in key for key in document["keys"])
    large = of(*(A.with_id(f"{number}-" + "x" * 1000) for number in range(100)))
    assert len(json.loads(large.to_jwks())["keys"]) == 100


def test_a_set_of_1024_keys_is_full() -> None:
    keys = of(*(A.with_id(str(number)) for number in range(1024)))
    with pytest.raises(pinjwt.ArgumentError):
        keys.add(B)
    assert len(keys) == 1024
    assert Verifier(Policy(), keys).verify(token(A.with_id("1023")))


def test_readers_see_the_set_before_or_after_a_change() -> None:
    keys, stop, refused = of(A, B), threading.Event(), []
    verifier, of_a, of_b = Verifier(Policy(), keys), token(A), token(B)
    both, only_b = of(A, B).to_jwks(), of(B).to_jwks()

    def read() -> None:
        while not stop.is_set():
            try:
                assert verifier.verify(of_b).subject == "b"
            except BaseException as error:  # b is always there
                refused.append(error)
            # Either it is there, or no key has its kid, or none its algorithm.
            with contextlib.suppress(pinjwt.UnknownKeyError, pinjwt.AlgorithmError):
                verifier.verify(of_a)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(300):
        keys.load_jwks(only_b, (Algorithm.ES256, Algorithm.EDDSA))
        keys.add(A)
        keys.load_jwks(both, (Algorithm.ES256, Algorithm.EDDSA))
        keys.remove("a")
    stop.set()
    for thread in threads:
        thread.join()
    assert refused == []


def test_verifiers_and_signers_take_nothing_else() -> None:
    for wrong in (None, "key", [A], Policy()):
        with pytest.raises(TypeError):
            Verifier(Policy(), wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            Signer(Policy(), wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Signer(Policy(), of(A))  # type: ignore[arg-type]
