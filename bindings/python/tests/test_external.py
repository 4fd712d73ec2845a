"""Keys that stay elsewhere."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import pinjwt
from pinjwt import Algorithm, Key, Policy, Signer, Verifier

P256 = ec.generate_private_key(ec.SECP256R1())
P521 = ec.generate_private_key(ec.SECP521R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()


def ecdsa(key: ec.EllipticCurvePrivateKey, hash: hashes.HashAlgorithm) -> Callable[[bytes], bytes]:
    size = (key.key_size + 7) // 8

    def sign(given: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(given, ec.ECDSA(hash)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    return sign


def rsa_pss(given: bytes) -> bytes:
    return RSA.sign(given, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


KINDS: list[tuple[Algorithm, Any, Callable[[bytes], bytes]]] = [
    (Algorithm.ES256, P256, ecdsa(P256, hashes.SHA256())),
    (Algorithm.ES512, P521, ecdsa(P521, hashes.SHA512())),
    (Algorithm.RS256, RSA, lambda given: RSA.sign(given, padding.PKCS1v15(), hashes.SHA256())),
    (Algorithm.PS256, RSA, rsa_pss),
    (Algorithm.EDDSA, ED25519, ED25519.sign),
]


def public(algorithm: Algorithm, key: Any) -> Key:
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Key.from_pem(algorithm, pem)


PUBLIC = public(Algorithm.ES256, P256)
SIGN = ecdsa(P256, hashes.SHA256())


@pytest.mark.parametrize(("algorithm", "key", "sign"), KINDS)
def test_it_signs_wherever_a_private_key_does(algorithm: Algorithm, key: Any, sign: Any) -> None:
    half = public(algorithm, key)
    external = Key.external(half, sign)
    assert external.can_sign
    assert external.algorithm is algorithm
    assert external.id == half.id
    token = Signer(Policy(), external).sign({"sub": "alice"})
    assert Verifier(Policy(), half).verify(token).subject == "alice"
    assert pinjwt.jws_verify(half, pinjwt.jws_sign(external, b"body")) == b"body"
    assert not external.public().can_sign


def test_it_cannot_be_written_out() -> None:
    key = Key.external(PUBLIC, SIGN)
    for write in (key.to_jwk, key.to_pem):
        with pytest.raises(pinjwt.KeyUseError):
            write(private=True)
    assert key.to_jwk() == PUBLIC.to_jwk()
    assert Signer(Policy(), key.with_id("kms-7")).sign({})


def test_it_is_asked_once_for_each_signature_with_what_is_signed() -> None:
    asked: list[bytes] = []

    def sign(given: bytes) -> bytes:
        asked.append(given)
        return SIGN(given)

    signer = Signer(Policy(), Key.external(PUBLIC, sign))
    tokens = [signer.sign({"pad": "x" * n}) for n in (0, 5000)]
    assert asked == [token.rpartition(".")[0].encode() for token in tokens]


def test_claims_that_are_refused_are_not_signed() -> None:
    asked: list[bytes] = []
    signer = Signer(Policy(), Key.external(PUBLIC, asked.append))  # type: ignore[arg-type]
    with pytest.raises(pinjwt.AudienceError):
        signer.sign({"aud": "other"})
    assert not asked


def ways_to_sign(key: Key) -> list[Callable[[], str]]:
    return [lambda: Signer(Policy(), key).sign({}), lambda: pinjwt.jws_sign(key, b"body")]


class KMSDownError(Exception):
    """What the callables below raise."""


def test_what_it_raises_is_the_cause() -> None:
    def sign(given: bytes) -> bytes:
        raise KMSDownError

    key = Key.external(PUBLIC, sign)
    for make in ways_to_sign(key):
        with pytest.raises(pinjwt.CryptoError) as caught:
            make()
        assert isinstance(caught.value.__cause__, KMSDownError)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_goes_on_as_such(stop: type[BaseException]) -> None:
    def sign(given: bytes) -> bytes:
        raise stop

    key = Key.external(PUBLIC, sign)
    for make in ways_to_sign(key):
        with pytest.raises(stop):
            make()


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (None, TypeError),
        ("text", TypeError),
        (True, TypeError),
        (1, TypeError),
        (b"", ValueError),
        (b"x" * 63, ValueError),
        (b"x" * 65, ValueError),
        (b"x" * 100000, ValueError),
        (b"\0" * 64, type(None)),
        (b"x" * 64, type(None)),
    ],
)
def test_an_answer_that_is_no_signature_makes_no_token(answer: Any, cause: type) -> None:
    key = Key.external(PUBLIC, lambda given: answer)
    with pytest.raises(pinjwt.CryptoError) as caught:
        Signer(Policy(), key).sign({})
    assert isinstance(caught.value.__cause__, cause)


def test_der_is_refused_with_a_hint() -> None:
    key = Key.external(PUBLIC, lambda given: P256.sign(given, ec.ECDSA(hashes.SHA256())))
    with pytest.raises(pinjwt.CryptoError) as caught:
        Signer(Policy(), key).sign({})
    assert "not DER" in str(caught.value.__cause__)


def test_the_signature_of_another_key_or_input_makes_no_token() -> None:
    other = ecdsa(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    for wrong in (other, lambda given: SIGN(given + b"x"), lambda given: SIGN(b"constant")):
        with pytest.raises(pinjwt.CryptoError):
            Signer(Policy(), Key.external(PUBLIC, wrong)).sign({})


def test_every_kind_of_bytes_is_taken() -> None:
    for kind in (bytes, bytearray, lambda made: memoryview(made)):
        key = Key.external(PUBLIC, lambda given, kind=kind: kind(SIGN(given)))  # type: ignore[misc]
        assert Signer(Policy(), key).sign({})


def test_what_it_is_not_made_from() -> None:
    with pytest.raises(pinjwt.KeyMismatchError):
        Key.external(Key.generate(Algorithm.HS256), SIGN)
    with pytest.raises(TypeError):
        Key.external(PUBLIC, "sign")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Key.external("key", SIGN)  # type: ignore[arg-type]
    private = Key.generate(Algorithm.ES256)
    with pytest.raises(pinjwt.KeyUseError):
        Key.external(private, SIGN).to_pem(private=True)


def test_threads_sign_with_it_each_its_own() -> None:
    signer = Signer(Policy(), Key.external(PUBLIC, SIGN))
    verifier, seen = Verifier(Policy(), PUBLIC), []

    def work(number: int) -> None:
        for turn in range(20):
            claims = verifier.verify(signer.sign({"n": [number, turn]}))
            seen.append(claims["n"] == [number, turn])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 160


def test_the_callable_lives_as_long_as_the_last_user_of_the_key() -> None:
    class Service:
        def __call__(self, given: bytes) -> bytes:
            return SIGN(given)

    service = Service()
    gone = weakref.ref(service)
    signer = Signer(Policy(), Key.external(PUBLIC, service).with_id("a"))
    del service
    gc.collect()
    assert gone() is not None
    assert signer.sign({})
    del signer
    gc.collect()
    assert gone() is None


def test_a_callable_that_is_not_taken_is_not_kept() -> None:
    class Service:
        def __call__(self, given: bytes) -> bytes:
            return given

    service = Service()
    gone = weakref.ref(service)
    with pytest.raises(pinjwt.KeyMismatchError):
        Key.external(Key.generate(Algorithm.HS256), service)
    del service
    gc.collect()
    assert gone() is None


def test_a_check_that_signs_does_not_lend_its_failure_to_the_verification() -> None:
    def fails(given: bytes) -> bytes:
        raise KMSDownError

    signer = Signer(Policy(), Key.external(PUBLIC, fails))

    def check(claims: pinjwt.Claims) -> pinjwt.Verdict:
        with pytest.raises(pinjwt.CryptoError):
            signer.sign({})
        return None  # type: ignore[return-value]

    token = Signer(Policy(), Key.external(PUBLIC, SIGN)).sign({})
    with pytest.raises(pinjwt.StoreError) as caught:
        Verifier(Policy(revocation=check), PUBLIC).verify(token)
    assert caught.value.__cause__ is None
