from __future__ import annotations

import base64
import gc
import hashlib
import json

import pytest

import pinjwt
from pinjwt import Algorithm, Key

SECRET = hashlib.sha256(b"pinjwt").digest()
CHEAP = [a for a in Algorithm if not a.name.startswith(("RS", "PS"))]


@pytest.mark.parametrize("algorithm", CHEAP)
def test_a_generated_key_survives_jwk_and_knows_its_pin(algorithm: Algorithm) -> None:
    key = Key.generate(algorithm)
    again = Key.from_jwk(algorithm, key.to_jwk(private=True))
    assert again.algorithm is algorithm
    assert again.can_sign
    assert again.id == key.id
    assert json.loads(key.to_jwk(private=True))["alg"] == algorithm.jose_name


@pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.EDDSA, Algorithm.ED448])
def test_the_public_half_verifies_and_does_not_sign(algorithm: Algorithm) -> None:
    key = Key.generate(algorithm)
    public = Key.from_pem(algorithm, key.to_pem())
    assert not public.can_sign
    assert public.thumbprint == key.thumbprint == key.id
    with pytest.raises(pinjwt.KeyUseError):
        public.to_pem(private=True)
    with pytest.raises(pinjwt.KeyUseError):
        pinjwt.Signer(pinjwt.Policy(), public)


def test_private_parts_are_written_only_when_asked_for() -> None:
    key = Key.generate(Algorithm.ES256)
    assert "d" not in json.loads(key.to_jwk())
    assert "PRIVATE" not in key.to_pem()
    assert "PRIVATE" in key.to_pem(private=True)


def test_repr_shows_no_key_bytes() -> None:
    assert repr(Key.from_secret(Algorithm.HS256, SECRET)) == "<pinjwt.Key HS256 kid=''>"
    key = Key.generate(Algorithm.EDDSA).with_id("a")
    assert repr(key) == "<pinjwt.Key EdDSA kid='a'>"


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Key.from_secret(Algorithm.HS256, b"short"), pinjwt.WeakKeyError),
        (lambda: Key.from_secret(Algorithm.HS256, b""), pinjwt.WeakKeyError),
        (lambda: Key.from_secret(Algorithm.RS256, SECRET), pinjwt.KeyMismatchError),
        (lambda: Key.from_pem(Algorithm.RS256, "no key"), pinjwt.KeyFormatError),
        (lambda: Key.from_pem(Algorithm.RS256, "a\0b"), pinjwt.KeyFormatError),
        (lambda: Key.from_pem(Algorithm.RS256, "\ud800"), pinjwt.KeyFormatError),
        (lambda: Key.from_jwk(Algorithm.ES256, '{"kty":"EC"'), pinjwt.KeyFormatError),
        (lambda: Key.from_der(Algorithm.ES256, b"\x30\x00"), pinjwt.KeyFormatError),
        (lambda: Key.generate(Algorithm.HS256).thumbprint, pinjwt.KeyMismatchError),
        (lambda: Key.generate(Algorithm.HS256).public(), pinjwt.KeyMismatchError),
        (lambda: Key.generate(Algorithm.HS256).with_id(""), pinjwt.ArgumentError),
        (lambda: Key.generate(Algorithm.HS256).with_id("x" * 1025), pinjwt.ArgumentError),
        (lambda: Key.generate(Algorithm.HS256).with_id("\ud800"), UnicodeEncodeError),
        (lambda: Key.from_secret(Algorithm.HS256, "text" * 8), TypeError),  # type: ignore[arg-type]
        (lambda: Key.from_secret(Algorithm.HS256, 32), TypeError),  # type: ignore[arg-type]
        (lambda: Key.from_secret("HS256", SECRET), TypeError),  # type: ignore[arg-type]
        (lambda: Key.from_secret(1, SECRET), TypeError),  # type: ignore[arg-type]
        (lambda: Key.from_pem(Algorithm.RS256, None), TypeError),  # type: ignore[arg-type]
        (lambda: Key.generate(2**70), TypeError),  # type: ignore[arg-type]
        (lambda: Key(), TypeError),
    ],
)
def test_refuses(make: object, error: type[Exception]) -> None:
    assert callable(make)
    with pytest.raises(error):
        make()


def test_errors_carry_status_claim_and_message() -> None:
    with pytest.raises(pinjwt.WeakKeyError) as caught:
        Key.from_secret(Algorithm.HS512, b"not enough of it")
    assert caught.value.status is pinjwt.Status.E_KEY_WEAK
    assert caught.value.claim == "secret"
    assert "64" in caught.value.message
    assert "not enough" not in caught.value.message


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_takes_every_kind_of_bytes(kind: type) -> None:
    key = Key.from_secret(Algorithm.HS256, kind(SECRET))
    assert json.loads(key.to_jwk(private=True))["k"] == base64.urlsafe_b64encode(SECRET).decode().rstrip("=")


def test_an_encrypted_pem_needs_its_passphrase() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"open sesame"),
    )
    assert Key.from_pem(Algorithm.ES256, pem, "open sesame").can_sign
    for wrong in ("", "other"):
        with pytest.raises(pinjwt.PassphraseError):
            Key.from_pem(Algorithm.ES256, pem, wrong)


def resident_kilobytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4


def test_keys_are_freed_with_their_objects() -> None:
    def make(count: int) -> None:
        for _ in range(count):
            Key.from_secret(Algorithm.HS256, SECRET)
        gc.collect()

    make(2000)
    before = resident_kilobytes()
    make(10000)
    # 10,000 keys of two guarded pages each would be 80 MB and more.
    assert resident_kilobytes() - before < 20000


class LyingBytes(bytes):
    """Claims to be longer than its memory."""

    def __len__(self) -> int:
        return 60000


class Converting(bytes):
    def __bytes__(self) -> bytes:
        return LyingBytes(b"other")


class Encoding(str):
    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return LyingBytes(b"other")


def test_subclasses_cannot_make_the_library_read_beyond_their_memory() -> None:
    key = Key.from_secret(Algorithm.HS256, SECRET)
    for payload in (LyingBytes(b"body"), Converting(b"body")):
        assert pinjwt.jws_verify(key, pinjwt.jws_sign(key, payload)) == b"body"
    assert key.with_id(Encoding("k")).id == "k"
    with pytest.raises(pinjwt.WeakKeyError):
        Key.from_secret(Algorithm.HS256, LyingBytes(b"short"))
