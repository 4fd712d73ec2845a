"""Rows 10 to 15 and 39: signatures that only look like some."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

import pinjwt
from forge import (
    CLAIMS,
    ED25519,
    KEYS,
    NOW,
    P256,
    RSA,
    SECRET,
    b64,
    compact,
    es,
    honest,
    hs,
    public_pem,
    raw,
    rs,
    status,
    token,
    unb64,
)
from pinjwt import Algorithm, Key, Policy, Verdict, Verifier

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ES256 = KEYS[Algorithm.ES256][0]
RS256 = KEYS[Algorithm.RS256][0]
EDDSA = KEYS[Algorithm.EDDSA][0]


def resigned(text: str, signature: bytes) -> str:
    return text.rsplit(".", 1)[0] + "." + b64(signature)


def pair(r: int, s: int, size: int = 32) -> bytes:
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def signature_of(text: str) -> bytes:
    return unb64(text.rsplit(".", 1)[1])


@pytest.mark.parametrize(
    ("r", "s"), [(0, 0), (0, 1), (1, 0), (ORDER, ORDER), (ORDER, 1), (1, ORDER), (2**256 - 1, 1)]
)
def test_10_psychic_signatures(r: int, s: int) -> None:
    assert status(resigned(honest(Algorithm.ES256), pair(r, s)), ES256) == "E_SIGNATURE"


@pytest.mark.parametrize(
    ("algorithm", "curve", "digest", "size"),
    [
        (Algorithm.ES384, ec.SECP384R1(), hashes.SHA384(), 48),
        (Algorithm.ES512, ec.SECP521R1(), hashes.SHA512(), 66),
        (Algorithm.ES256K, ec.SECP256K1(), hashes.SHA256(), 32),
    ],
)
def test_10_psychic_signatures_on_the_other_curves(
    algorithm: Algorithm, curve: ec.EllipticCurve, digest: hashes.HashAlgorithm, size: int
) -> None:
    private = ec.generate_private_key(curve)
    key = Key.from_pem(algorithm, public_pem(private))
    good = token({"alg": algorithm.name}, CLAIMS, es(private, digest))
    assert status(good, key) == "OK"
    assert status(resigned(good, bytes(2 * size)), key) == "E_SIGNATURE"


def test_11_ecdsa_signatures_in_another_form() -> None:
    good = honest(Algorithm.ES256)
    raw_signature = signature_of(good)
    r, s = int.from_bytes(raw_signature[:32], "big"), int.from_bytes(raw_signature[32:], "big")
    for form in (
        encode_dss_signature(r, s),
        pair(r, s, 33),
        pair(r, s, 48),
        raw_signature[:-1],
        raw_signature + b"\0",
        b"\0" + raw_signature,
        raw_signature * 2,
        raw_signature[32:] + raw_signature[:32],
        raw_signature.ljust(12000, b"\0"),
    ):
        assert status(resigned(good, form), ES256, max_token_size=32768) == "E_SIGNATURE"
    assert status(good, ES256) == "OK"


def test_12_ed25519_with_s_plus_the_groups_order() -> None:
    good = honest(Algorithm.EDDSA)
    signature = signature_of(good)
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(signature[32:], "little") + order
    assert status(resigned(good, signature[:32] + s.to_bytes(32, "little")), EDDSA) == "E_SIGNATURE"
    assert status(good, EDDSA) == "OK"


def test_12_rsa_signatures_with_other_numbers() -> None:
    good = honest(Algorithm.RS256)
    signature = signature_of(good)
    n = RSA.public_key().public_numbers().n
    number = int.from_bytes(signature, "big")
    for forged in (
        (number + n).to_bytes(257, "big"),
        bytes(256),
        b"\0" * 255 + b"\1",
        (n - 1).to_bytes(256, "big"),
        n.to_bytes(256, "big"),
        signature[1:],
        signature[:-1],
        b"\0" + signature,
        signature + b"\0",
        (n - number).to_bytes(256, "big"),
    ):
        assert status(resigned(good, forged), RS256) == "E_SIGNATURE"
    assert status(good, RS256) == "OK"


def test_13_the_high_s_twin_holds_so_revocation_goes_by_jti() -> None:
    good = honest(Algorithm.ES256)
    signature = signature_of(good)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    twin = resigned(good, pair(r, ORDER - s))
    assert twin != good
    seen: list[str | None] = []

    def check(claims: pinjwt.Claims) -> Verdict:
        seen.append(claims.token_id)
        return Verdict.REVOKED

    verifier = Verifier(Policy(revocation=check), ES256)
    for candidate in (good, twin):
        assert status(candidate, ES256) == "OK"
        with pytest.raises(pinjwt.RevokedError):
            verifier.verify(candidate, now=NOW)
    assert seen == ["id-1", "id-1"]


SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def encrypt(key: rsa.RSAPrivateKey, block: bytes) -> bytes:
    """The private operation on a block of one's own making."""
    numbers = key.private_numbers()
    return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(len(block), "big")


def padded(info: bytes, digest: bytes, size: int = 256) -> bytes:
    tail = info + digest
    return b"\0\1" + b"\xff" * (size - 3 - len(tail)) + b"\0" + tail


def test_14_pkcs1_padding_variants() -> None:
    head = honest(Algorithm.RS256).rsplit(".", 1)[0]
    digest = hashlib.sha256(head.encode()).digest()
    control = resigned(head + ".", encrypt(RSA, padded(SHA256_INFO, digest)))
    assert status(control, RS256) == "OK"
    rest = b"\0" + SHA256_INFO + digest
    garbage = os.urandom(256)
    without_null = bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20"
    for block in (
        (b"\0\1" + b"\xff" * 8 + rest + garbage)[:256],
        b"\0\2" + b"\xff" * (254 - len(rest)) + rest,
        b"\0\0" + b"\xff" * (254 - len(rest)) + rest,
        b"\0\1" + b"\xfe" * (254 - len(rest)) + rest,
        b"\0\1" + b"\xff" * (254 - len(rest) - 8) + b"\0" * 8 + rest,
        padded(b"", digest),
        padded(without_null, digest),
        padded(SHA256_INFO, digest + b"\0"),
        padded(SHA256_INFO[:-1] + b"\x1f", digest[:-1]),
        padded(bytes.fromhex("3021300906052b0e03021a05000414"), hashlib.sha1(head.encode()).digest()),
    ):
        assert status(resigned(head + ".", encrypt(RSA, block)), RS256) == "E_SIGNATURE"


def cube_root(value: int) -> int:
    low, high = 0, 1 << (value.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= value else (low, middle - 1)
    return low


def test_14_bleichenbachers_forgery_with_exponent_3() -> None:
    private = rsa.generate_private_key(public_exponent=3, key_size=2048)
    key = Key.from_pem(Algorithm.RS256, public_pem(private))
    good = token({"alg": "RS256"}, CLAIMS, rs(private))
    assert status(good, key) == "OK"
    head = good.rsplit(".", 1)[0]
    prefix = b"\0\1" + b"\xff" * 8 + b"\0" + SHA256_INFO + hashlib.sha256(head.encode()).digest()
    root = cube_root(int.from_bytes(prefix.ljust(256, b"\xff"), "big"))
    assert (root**3).to_bytes(256, "big").startswith(prefix)
    assert status(resigned(good, root.to_bytes(256, "big")), key) == "E_SIGNATURE"


@pytest.mark.parametrize("salt", [0, 20, 31, 33, 64, 222])
def test_14_pss_salt_of_another_length(salt: int) -> None:
    key = Key.from_pem(Algorithm.PS256, public_pem(RSA))

    def sign(length: int) -> Any:
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), length)
        return lambda data: RSA.sign(data, scheme, hashes.SHA256())

    assert status(token({"alg": "PS256"}, CLAIMS, sign(32)), key) == "OK"
    assert status(token({"alg": "PS256"}, CLAIMS, sign(salt)), key) == "E_SIGNATURE"


def test_14_pss_with_another_hash_in_mgf1_and_pkcs1_under_pss() -> None:
    key = Key.from_pem(Algorithm.PS256, public_pem(RSA))
    scheme = padding.PSS(padding.MGF1(hashes.SHA1()), 32)
    other = token({"alg": "PS256"}, CLAIMS, lambda data: RSA.sign(data, scheme, hashes.SHA256()))
    assert status(other, key) == "E_SIGNATURE"
    assert status(token({"alg": "PS256"}, CLAIMS, rs(RSA)), key) == "E_SIGNATURE"


def test_15_a_key_in_the_header_is_never_used(tmp_path: Any) -> None:
    mine = ec.generate_private_key(ec.SECP256R1())
    jwk = Key.from_pem(Algorithm.ES256, public_pem(mine)).to_jwk()
    bait = tmp_path / "keys.json"
    bait.write_text('{"keys":[' + jwk + "]}")
    files = sorted(os.listdir("/proc/self/fd"))
    accessed = bait.stat().st_atime_ns
    for member in (
        {"jwk": __import__("json").loads(jwk)},
        {"jku": f"file://{bait}"},
        {"jku": "http://127.0.0.1:9/keys"},
        {"x5u": f"file://{bait}"},
        {"x5c": ["MIIB"]},
        {"jwk": 1, "x5c": None},
    ):
        forged = token({"alg": "ES256", **member}, CLAIMS, es(mine))
        assert status(forged, ES256) == "E_SIGNATURE"
        assert status(token({"alg": "ES256", **member}, CLAIMS, es(P256)), ES256) == "OK"
    assert sorted(os.listdir("/proc/self/fd")) == files
    assert bait.stat().st_atime_ns == accessed


def test_39_a_signed_payload_is_no_token() -> None:
    key = Key.from_secret(Algorithm.HS256, SECRET)
    for typ in ("", "webhook", "application/json"):
        assert status(pinjwt.jws_sign(key, compact(CLAIMS), type=typ), key) == "E_TYPE"
    for typ in ("JWT", "jwt", "application/jwt", "at+jwt", "application/at+JWT"):
        with pytest.raises(pinjwt.ArgumentError):
            pinjwt.jws_sign(key, compact(CLAIMS), type=typ)
    for header in ({"alg": "HS256", "typ": "JWT"}, {"alg": "HS256", "typ": "secevent+jwt"}):
        with pytest.raises(pinjwt.TokenTypeError):
            pinjwt.jws_verify(key, token(header, CLAIMS, hs()))
    assert pinjwt.jws_verify(key, raw(b'{"alg":"HS256"}', b"any", hs())) == b"any"


def test_31_ed25519_over_another_message() -> None:
    assert status(resigned(honest(Algorithm.EDDSA), ED25519.sign(b"other")), EDDSA) == "E_SIGNATURE"
