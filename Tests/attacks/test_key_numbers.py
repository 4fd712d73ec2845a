"""Rows 8 and 9: keys whose numbers are weak, wrong or do not belong together."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa

from forge import P256, RSA, b64, made, public_pem, unb64
from pinjwt import Algorithm, Key

SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024)


def number(value: int) -> str:
    return b64(value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def rsa_jwk(n: int, e: int = 65537) -> str:
    return json.dumps({"kty": "RSA", "n": number(n), "e": number(e)})


N = RSA.public_key().public_numbers().n


@pytest.mark.parametrize(
    ("n", "e", "expected"),
    [
        (N, 65537, "OK"),
        (N, 3, "OK"),
        (SMALL.public_key().public_numbers().n, 65537, "E_KEY_WEAK"),
        (N >> 1 | 1, 65537, "E_KEY_WEAK"),
        (N, 1, "E_KEY_FORMAT"),
        (N, 65536, "E_KEY_FORMAT"),
        (N, 2, "E_KEY_FORMAT"),
        (N, 2**64 + 1, "E_KEY_FORMAT"),
        (N - 1, 65537, "E_KEY_FORMAT"),
        (N * 3, 65537, "E_KEY_FORMAT"),
        (2**8192 + 1, 65537, "E_KEY_FORMAT"),
        (2**16383 + 1, 65537, "E_KEY_FORMAT"),
    ],
    ids=range(12),
)
def test_8_rsa_numbers(n: int, e: int, expected: str) -> None:
    assert made(Algorithm.RS256, lambda: Key.from_jwk(Algorithm.RS256, rsa_jwk(n, e))) == expected


def test_8_a_small_rsa_key_in_pem() -> None:
    assert made(Algorithm.PS256, lambda: Key.from_pem(Algorithm.PS256, public_pem(SMALL))) == "E_KEY_WEAK"


def changed(jwk: dict[str, Any], name: str, change: int = 1) -> str:
    value = bytearray(unb64(jwk[name]))
    value[-1] ^= change
    return json.dumps({**jwk, name: b64(bytes(value))})


def private_jwk(algorithm: Algorithm, key: Any) -> dict[str, Any]:
    from cryptography.hazmat.primitives import serialization as form

    pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    result: dict[str, Any] = json.loads(Key.from_pem(algorithm, pem).to_jwk(private=True))
    return result


@pytest.mark.parametrize("name", ["n", "d", "p", "q", "dp", "dq", "qi"])
def test_9_rsa_halves_that_do_not_agree(name: str) -> None:
    jwk = private_jwk(Algorithm.RS256, RSA)
    assert made(Algorithm.RS256, lambda: Key.from_jwk(Algorithm.RS256, json.dumps(jwk))) == "OK"
    forged = changed(jwk, name, 2)
    assert made(Algorithm.RS256, lambda: Key.from_jwk(Algorithm.RS256, forged)) == "E_KEY_FORMAT"


@pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.ES256K, Algorithm.EDDSA, Algorithm.ED448])
def test_9_d_that_does_not_match_x(algorithm: Algorithm) -> None:
    jwk, other = (json.loads(Key.generate(algorithm).to_jwk(private=True)) for _ in range(2))
    assert made(algorithm, lambda: Key.from_jwk(algorithm, json.dumps(jwk))) == "OK"
    assert (
        made(algorithm, lambda: Key.from_jwk(algorithm, json.dumps({**jwk, "d": other["d"]})))
        == "E_KEY_FORMAT"
    )


def ec_jwk(x: int, y: int, size: int = 32, crv: str = "P-256") -> str:
    return json.dumps(
        {"kty": "EC", "crv": crv, "x": b64(x.to_bytes(size, "big")), "y": b64(y.to_bytes(size, "big"))}
    )


POINT = P256.public_key().public_numbers()
P = 2**256 - 2**224 + 2**192 + 2**96 - 1


@pytest.mark.parametrize(
    ("x", "y", "size", "expected"),
    [
        (POINT.x, POINT.y, 32, "OK"),
        (POINT.x, P - POINT.y, 32, "OK"),
        (POINT.x, POINT.y ^ 1, 32, "E_KEY_FORMAT"),
        (POINT.y, POINT.x, 32, "E_KEY_FORMAT"),
        (0, 0, 32, "E_KEY_FORMAT"),
        (POINT.x, POINT.y, 33, "E_KEY_FORMAT"),
        (POINT.x, POINT.y, 48, "E_KEY_FORMAT"),
        (2**256 - 1, 2**256 - 1, 32, "E_KEY_FORMAT"),
    ],
)
def test_9_points_of_p256(x: int, y: int, size: int, expected: str) -> None:
    assert made(Algorithm.ES256, lambda: Key.from_jwk(Algorithm.ES256, ec_jwk(x, y, size))) == expected


@pytest.mark.parametrize(
    "pin", [Algorithm.ES384, Algorithm.ES512, Algorithm.ES256K, Algorithm.EDDSA, Algorithm.RS256]
)
def test_9_the_wrong_curve_for_the_pin(pin: Algorithm) -> None:
    assert made(pin, lambda: Key.from_jwk(pin, ec_jwk(POINT.x, POINT.y))) == "E_KEY_MISMATCH"
    assert made(pin, lambda: Key.from_pem(pin, public_pem(P256))) == "E_KEY_MISMATCH"


def test_9_a_secp256k1_point_off_its_curve() -> None:
    point = ec.generate_private_key(ec.SECP256K1()).public_key().public_numbers()
    good = ec_jwk(point.x, point.y, crv="secp256k1")
    bad = ec_jwk(point.x, point.y ^ 1, crv="secp256k1")
    assert made(Algorithm.ES256K, lambda: Key.from_jwk(Algorithm.ES256K, good)) == "OK"
    assert made(Algorithm.ES256K, lambda: Key.from_jwk(Algorithm.ES256K, bad)) == "E_KEY_FORMAT"


P25519 = 2**255 - 19
SMALL_ORDER_25519 = [
    0,
    1,
    P25519 - 1,
    2707385501144840649318225287225658788936804267575313519463743609750303021504,
    55188659117513257062467267217118295137698188065244968500265048394206261417927,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    P25519,
    P25519 + 1,
    2**255 - 1,
]


@pytest.mark.parametrize("y", SMALL_ORDER_25519)
@pytest.mark.parametrize("sign", [0, 1])
def test_9_ed25519_points_of_small_order_or_another_form(y: int, sign: int) -> None:
    encoded = (y | sign << 255).to_bytes(32, "little")
    jwk = json.dumps({"kty": "OKP", "crv": "Ed25519", "x": b64(encoded)})
    assert made(Algorithm.EDDSA, lambda: Key.from_jwk(Algorithm.EDDSA, jwk)) == "E_KEY_FORMAT"


P448 = 2**448 - 2**224 - 1


@pytest.mark.parametrize("y", [0, 1, P448 - 1, P448, P448 + 1, 2**448 - 1])
@pytest.mark.parametrize("sign", [0, 0x80])
def test_9_ed448_points_of_small_order_or_another_form(y: int, sign: int) -> None:
    encoded = y.to_bytes(56, "little") + bytes([sign])
    jwk = json.dumps({"kty": "OKP", "crv": "Ed448", "x": b64(encoded)})
    assert made(Algorithm.ED448, lambda: Key.from_jwk(Algorithm.ED448, jwk)) == "E_KEY_FORMAT"


def test_9_ed448_points_off_the_curve() -> None:
    accepted = 0
    for y in range(2, 42):
        square = (1 - y * y) * pow(1 + 39081 * y * y, -1, P448) % P448
        on_curve = pow(square, (P448 - 1) // 2, P448) == 1
        jwk = json.dumps({"kty": "OKP", "crv": "Ed448", "x": b64(y.to_bytes(57, "little"))})
        result = made(Algorithm.EDDSA, partial(Key.from_jwk, Algorithm.EDDSA, jwk))
        assert result == ("OK" if on_curve else "E_KEY_FORMAT"), y
        accepted += on_curve
    assert 5 < accepted < 35
    for _ in range(20):
        public = ed448.Ed448PrivateKey.generate()
        assert made(Algorithm.ED448, partial(Key.from_pem, Algorithm.ED448, public_pem(public))) == "OK"
