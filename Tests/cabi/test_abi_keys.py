"""Keys that are too weak, too large or none: attacks 6, 8 and 9, and what private halves must agree with."""

import itertools
import json
import math
import time
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from pinjwt_abi import EC_ALGS, HMAC_ALGS, RSA_ALGS, STR, Alg, Key, Policy, Signer, Verifier
from pinjwt_forge import (
    CLAIMS,
    CRV,
    CURVE_OIDS,
    CURVES,
    DER_NULL,
    EC_OID,
    ED448,
    ED25519,
    NOW,
    ORDERS,
    RSA_OID,
    Edwards,
    b64url,
    coordinate_length,
    der,
    der_integer,
    der_oid,
    der_sequence,
    ec_spki,
    hmac_with,
    pem,
    prime,
    private_key,
    rsa_jwk,
    rsa_numbers,
    rsa_private_der,
    rsa_public_der,
    rsa_spki,
    stream,
    token,
)

# ---- 6: secrets, by their lengths

SHORTEST = {Alg.HS256: 32, Alg.HS384: 48, Alg.HS512: 64}


@pytest.mark.parametrize("alg", HMAC_ALGS, ids=lambda alg: alg.name)
def test_6_length_of_a_secret(alg: Alg) -> None:
    for length in range(300):
        secret = stream("length", length)
        expected = "E_KEY_WEAK" if length < SHORTEST[alg] else "OK" if length <= 255 else "E_KEY_FORMAT"
        assert Key.from_secret(alg, secret).status == expected
        jwk = json.dumps({"kty": "oct", "k": b64url(secret)})
        assert Key.from_jwk(alg, jwk).status == ("E_KEY_WEAK" if length < SHORTEST[alg] else "OK")
    for length, expected in ((1024, "OK"), (1025, "E_KEY_FORMAT"), (20_000, "E_KEY_FORMAT")):
        jwk = json.dumps({"kty": "oct", "k": b64url(stream("length", length))})
        assert Key.from_jwk(alg, jwk).status == expected


@pytest.mark.parametrize("alg", HMAC_ALGS, ids=lambda alg: alg.name)
def test_6_secret_is_null(alg: Alg) -> None:
    assert Key.from_secret(alg, None).status == "E_KEY_WEAK"
    for length in (1, 32, 64, 255, STR):
        assert Key.from_secret(alg, None, length).status == "E_ARGUMENT"


@pytest.mark.parametrize("secret", [b"", b"secret", b"your-256-bit-secret", b"changeme", b"\0" * 31])
def test_6_known_secret_that_is_too_short(secret: bytes) -> None:
    for alg in HMAC_ALGS:
        assert Key.from_secret(alg, secret).status == "E_KEY_WEAK"


@pytest.mark.parametrize(
    "jwk",
    [
        '{"kty":"oct"}',
        '{"kty":"oct","k":null}',
        '{"kty":"oct","k":1}',
        '{"kty":"oct","k":[]}',
        '{"kty":"oct","K":"' + "A" * 86 + '"}',
        '{"kty":"oct","k":"' + "A" * 43 + '="}',
        '{"kty":"oct","k":"' + "+" * 43 + '"}',
        '{"kty":"oct","k":"' + "A" * 42 + 'B"}',
    ],
)
def test_6_oct_without_a_good_k(jwk: str) -> None:
    assert Key.from_jwk(Alg.HS256, jwk).status == "E_KEY_FORMAT"


def test_6_every_byte_of_a_secret_counts() -> None:
    base = stream("bytes", 40)
    genuine = token({"alg": "HS256"}, CLAIMS, hmac_with(base))
    # Not base + b"\0": HMAC itself fills up a secret shorter than its block with zeros.
    for other in (base + b"\n", base[:-1], b" " + base, b"\0" + base, base[:20] + b"\0" + base[21:]):
        key = Key.from_secret(Alg.HS256, other).value()
        assert Verifier.new(Policy.new(), key).value().verify(genuine, NOW).status == "E_SIGNATURE"
        own = token({"alg": "HS256"}, CLAIMS, hmac_with(other))
        assert Verifier.new(Policy.new(), key).value().verify(own, NOW).status == "OK"


# ---- 8: RSA numbers


def rsa_public_statuses(n: int, e: int, alg: Alg = Alg.RS256) -> set[str]:
    """What is said of a public key in all its forms."""
    spki, pkcs1 = rsa_spki(n, e), rsa_public_der(n, e)
    outcomes = [
        Key.from_der(alg, spki),
        Key.from_der(alg, pkcs1),
        Key.from_pem(alg, pem("PUBLIC KEY", spki)),
        Key.from_pem(alg, pem("RSA PUBLIC KEY", pkcs1)),
        Key.from_jwk(alg, json.dumps(rsa_jwk({"n": n, "e": e}))),
    ]
    return {outcome.status for outcome in outcomes}


def modulus(bits: int) -> int:
    """An odd number of so many bits without small factors: what a public modulus looks like from outside."""
    candidates = itertools.count(3 << bits - 2 | 1, 2)
    small = math.prod(n for n in range(3, 1000, 2))
    return next(number for number in candidates if math.gcd(number, small) == 1)


@pytest.mark.parametrize("alg", RSA_ALGS, ids=lambda alg: alg.name)
def test_8_rsa_of_good_size_is_accepted(alg: Alg) -> None:
    assert rsa_public_statuses(rsa_numbers().n, 65537, alg) == {"OK"}
    for bits in (2048, 3072, *((4096, 8192) if alg is Alg.RS256 else ())):
        assert rsa_public_statuses(modulus(bits), 65537, alg) == {"OK"}


@pytest.mark.parametrize("bits", [512, 768, 1024, 1536, 2040, 2047])
def test_8_rsa_is_too_short(bits: int) -> None:
    for alg in RSA_ALGS:
        assert rsa_public_statuses(modulus(bits), 65537, alg) == {"E_KEY_WEAK"}


@pytest.mark.parametrize("bits", [8193, 8200, 16384, 32768, 100_000])
def test_8_rsa_is_too_long(bits: int) -> None:
    n = 1 << bits - 1 | 1
    start = time.process_time()
    for alg in RSA_ALGS:
        assert rsa_public_statuses(n, 65537, alg) == {"E_KEY_FORMAT"}
    assert time.process_time() - start < 1


@pytest.mark.parametrize("e", [1, 2, 4, 65536, 65538, 2**63, 2**64 + 1, 2**64 + 13, 2**255 - 19, 2**2047 - 1])
def test_8_rsa_exponent_is_refused(e: int) -> None:
    for alg in (Alg.RS256, Alg.PS512):
        assert rsa_public_statuses(rsa_numbers().n, e, alg) == {"E_KEY_FORMAT"}


@pytest.mark.parametrize("e", [3, 5, 17, 257, 65537, 2**32 + 1, 2**63 + 1, 2**64 - 1])
def test_8_rsa_exponent_is_accepted(e: int) -> None:
    assert rsa_public_statuses(rsa_numbers().n, e) == {"OK"}


@pytest.mark.parametrize(
    "n", [0, 1, 2**2048 - 2, rsa_numbers().n + 1, rsa_numbers().n * 3], ids=["0", "1", "even", "n+1", "3n"]
)
def test_8_rsa_modulus_is_none(n: int) -> None:
    statuses = rsa_public_statuses(n, 65537)
    assert statuses <= {"E_KEY_FORMAT", "E_KEY_WEAK"}
    assert n < 2**2047 or statuses == {"E_KEY_FORMAT"}


def test_8_rsa_numbers_are_zero() -> None:
    n, zero = der_integer(rsa_numbers().n), der_integer(0)
    for pair in (
        (n, zero),
        (zero, der_integer(3)),
        (zero, zero),
        (der(0x02), der_integer(3)),
        (n, der(0x02)),
    ):
        content = der_sequence(*pair)
        spki = der_sequence(der_sequence(der_oid(RSA_OID), DER_NULL), der(0x03, b"\0", content))
        for form in (content, spki):
            assert Key.from_der(Alg.RS256, form).status in ("E_KEY_FORMAT", "E_KEY_WEAK")
    good = rsa_jwk({"n": rsa_numbers().n, "e": 65537})
    for bad in ({"e": ""}, {"e": "AA"}, {"n": ""}, {"n": "AA"}, {"e": "AAEAAQ"}, {"n": "AA" + good["n"]}):
        assert Key.from_jwk(Alg.RS256, json.dumps({**good, **bad})).status in ("E_KEY_FORMAT", "E_KEY_WEAK")


def rsa_private_statuses(members: Mapping[str, int], alg: Alg = Alg.RS256) -> set[str]:
    pkcs1 = rsa_private_der(members)
    pkcs8 = der_sequence(der_integer(0), der_sequence(der_oid(RSA_OID), DER_NULL), der(0x04, pkcs1))
    outcomes = [
        Key.from_der(alg, pkcs1),
        Key.from_der(alg, pkcs8),
        Key.from_pem(alg, pem("PRIVATE KEY", pkcs8)),
        Key.from_pem(alg, pem("RSA PRIVATE KEY", pkcs1)),
        Key.from_jwk(alg, json.dumps(rsa_jwk(members))),
    ]
    for outcome in outcomes:
        if outcome.output is not None:
            assert outcome.output.can_sign()
    return {outcome.status for outcome in outcomes}


def test_8_rsa_private_key_is_accepted() -> None:
    numbers = rsa_numbers()
    assert rsa_private_statuses(numbers.members()) == {"OK"}
    # RFC 8017 section 3.2 has d modulo the least common multiple; older tools have it modulo the product.
    least = pow(65537, -1, math.lcm(numbers.p - 1, numbers.q - 1))
    assert rsa_private_statuses({**numbers.members(), "d": least}) == {"OK"}


@pytest.mark.parametrize("name", ["n", "e", "d", "p", "q", "dp", "dq", "qi"])
def test_8_rsa_private_half_does_not_belong_to_the_public_one(name: str) -> None:
    good = rsa_numbers().members()
    for altered in (
        good[name] + 2,
        good[name] - 2,
        good[name] ^ 1 << 20,
        good[name] ^ 1 << 900,
        1,
        0,
        good[name] * 3,
    ):
        if name == "e" and altered.bit_length() > 64:
            continue
        assert rsa_private_statuses({**good, name: altered}) <= {"E_KEY_FORMAT", "E_KEY_WEAK"}


def test_8_rsa_private_numbers_of_two_keys() -> None:
    one, other = rsa_numbers().members(), rsa_numbers(3).members()
    assert rsa_private_statuses({**one, "n": other["n"]}) == {"E_KEY_FORMAT"}
    assert rsa_private_statuses({**other, "n": one["n"], "e": one["e"]}) == {"E_KEY_FORMAT"}
    assert rsa_private_statuses({**one, "p": other["p"]}) == {"E_KEY_FORMAT"}
    assert rsa_private_statuses({**one, "p": one["n"], "q": 1}) == {"E_KEY_FORMAT"}
    assert rsa_private_statuses({**one, "p": 1, "q": one["n"]}) == {"E_KEY_FORMAT"}


def test_8_rsa_private_key_that_is_too_short() -> None:
    p, q = prime("short p", 512), prime("short q", 512)
    d = pow(65537, -1, (p - 1) * (q - 1))
    members = {"n": p * q, "e": 65537, "d": d, "p": p, "q": q}
    members |= {"dp": d % (p - 1), "dq": d % (q - 1), "qi": pow(q, -1, p)}
    assert rsa_private_statuses(members) == {"E_KEY_WEAK"}


@pytest.mark.parametrize("name", ["p", "q", "dp", "dq", "qi"])
def test_8_rsa_private_jwk_lacks_a_member(name: str) -> None:
    jwk = rsa_jwk(rsa_numbers().members())
    for without in ({name}, {"p", "q", "dp", "dq", "qi"}):
        text = json.dumps({key: value for key, value in jwk.items() if key not in without})
        assert Key.from_jwk(Alg.RS256, text).status == "E_KEY_FORMAT"


# ---- 9: points of elliptic curves


def ec_numbers(alg: Alg) -> tuple[int, int, int]:
    key = private_key(alg)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    numbers = key.private_numbers()
    return numbers.public_numbers.x, numbers.public_numbers.y, numbers.private_value


def ec_public_statuses(alg: Alg, x: int, y: int) -> set[str]:
    length = coordinate_length(alg)
    xs, ys = x.to_bytes(length, "big"), y.to_bytes(length, "big")
    spki = ec_spki(alg, b"\x04" + xs + ys)
    jwk = {"kty": "EC", "crv": CRV[alg], "x": b64url(xs), "y": b64url(ys)}
    outcomes = [
        Key.from_der(alg, spki),
        Key.from_pem(alg, pem("PUBLIC KEY", spki)),
        Key.from_jwk(alg, json.dumps(jwk)),
    ]
    return {outcome.status for outcome in outcomes}


FIELDS = {
    Alg.ES256: 2**256 - 2**224 + 2**192 + 2**96 - 1,
    Alg.ES384: 2**384 - 2**128 - 2**96 + 2**32 - 1,
    Alg.ES512: 2**521 - 1,
    Alg.ES256K: 2**256 - 2**32 - 977,
}


@pytest.mark.parametrize("alg", EC_ALGS, ids=lambda alg: alg.name)
def test_9_point_off_the_curve(alg: Alg) -> None:
    x, y, _ = ec_numbers(alg)
    p = FIELDS[alg]
    assert ec_public_statuses(alg, x, y) == {"OK"}
    assert ec_public_statuses(alg, x, p - y) == {"OK"}
    off = [(x, y ^ 1), (x ^ 1, y), (y, x), (0, 0), (0, 1), (1, 1), (x, 0), (p - 1, p - 1), (p - x, y)]
    for point in off:
        assert ec_public_statuses(alg, *point) == {"E_KEY_FORMAT"}


@pytest.mark.parametrize("alg", EC_ALGS, ids=lambda alg: alg.name)
def test_9_coordinate_of_the_field_prime_or_more(alg: Alg) -> None:
    p, length = FIELDS[alg], 8 * coordinate_length(alg)
    x, y, _ = ec_numbers(alg)
    for point in ((p, y), (x, p), (p, p), (2**length - 1, y), (x, 2**length - 1)):
        assert ec_public_statuses(alg, *point) == {"E_KEY_FORMAT"}
    if x + p < 2**length:
        assert ec_public_statuses(alg, x + p, y) == {"E_KEY_FORMAT"}


@pytest.mark.parametrize("alg", EC_ALGS, ids=lambda alg: alg.name)
def test_9_point_at_infinity_or_in_another_form(alg: Alg) -> None:
    x, y, _ = ec_numbers(alg)
    length = coordinate_length(alg)
    xs, ys = x.to_bytes(length, "big"), y.to_bytes(length, "big")
    for point in (
        b"\0",
        b"",
        b"\0" * (2 * length + 1),
        b"\x04",
        b"\x05" + xs + ys,
        b"\x04" + xs,
        xs + ys,
        b"\x04" + xs + ys + b"\0",
    ):
        assert Key.from_der(alg, ec_spki(alg, point)).status == "E_KEY_FORMAT"
        assert Key.from_pem(alg, pem("PUBLIC KEY", ec_spki(alg, point))).status == "E_KEY_FORMAT"


@pytest.mark.parametrize("alg", EC_ALGS, ids=lambda alg: alg.name)
def test_9_ec_jwk_members_of_another_length(alg: Alg) -> None:
    x, y, d = ec_numbers(alg)
    length = coordinate_length(alg)
    good = {name: number.to_bytes(length, "big") for name, number in (("x", x), ("y", y), ("d", d))}

    def status(members: Mapping[str, bytes]) -> str:
        jwk = {"kty": "EC", "crv": CRV[alg], **{name: b64url(value) for name, value in members.items()}}
        return Key.from_jwk(alg, json.dumps(jwk)).status

    assert status(good) == "OK"
    assert status({name: good[name] for name in "xy"}) == "OK"
    for name, value in good.items():
        for bad in (b"\0" + value, value[1:], value[:-1], value + b"\0", b""):
            assert status({**good, name: bad}) == "E_KEY_FORMAT"
    for missing in "xy":
        assert status({name: value for name, value in good.items() if name != missing}) == "E_KEY_FORMAT"


@pytest.mark.parametrize("alg", EC_ALGS, ids=lambda alg: alg.name)
def test_9_wrong_curve_for_the_pin(alg: Alg) -> None:
    x, y, _ = ec_numbers(alg)
    for pin in EC_ALGS:
        length = coordinate_length(alg)
        xs, ys = x.to_bytes(length, "big"), y.to_bytes(length, "big")
        jwk = json.dumps({"kty": "EC", "crv": CRV[alg], "x": b64url(xs), "y": b64url(ys)})
        expected = "OK" if pin is alg else "E_KEY_MISMATCH"
        assert Key.from_der(pin, ec_spki(alg, b"\x04" + xs + ys)).status == expected
        assert Key.from_jwk(pin, jwk).status == expected
        if pin is not alg:
            # Under the pinned curve's name it is no point, or has the wrong length.
            renamed = json.dumps({"kty": "EC", "crv": CRV[pin], "x": b64url(xs), "y": b64url(ys)})
            assert Key.from_jwk(pin, renamed).status == "E_KEY_FORMAT"
            assert Key.from_der(pin, ec_spki(pin, b"\x04" + xs + ys)).status == "E_KEY_FORMAT"


@pytest.mark.parametrize(
    "crv", ["p-256", "P256", "secp256r1", "P-224", "P-256 ", "", "Ed25519", "X25519", "brainpoolP256r1"]
)
def test_9_unknown_curve(crv: str) -> None:
    x, y, _ = ec_numbers(Alg.ES256)
    members = {"x": b64url(x.to_bytes(32, "big")), "y": b64url(y.to_bytes(32, "big"))}
    for kty, pin in (("EC", Alg.ES256), ("OKP", Alg.EDDSA)):
        if (kty, crv) != ("OKP", "Ed25519"):
            status = Key.from_jwk(pin, json.dumps({"kty": kty, "crv": crv, **members})).status
            assert status in ("E_KEY_MISMATCH", "E_KEY_FORMAT")


def sec1(alg: Alg, scalar: bytes, x: int, y: int) -> bytes:
    length = coordinate_length(alg)
    point = b"\x04" + x.to_bytes(length, "big") + y.to_bytes(length, "big")
    curve = der(0xA0, der_oid(CURVE_OIDS[alg]))
    return der_sequence(der_integer(1), der(0x04, scalar), curve, der(0xA1, der(0x03, b"\0", point)))


def ec_private_statuses(alg: Alg, d: int, x: int, y: int) -> set[str]:
    length = coordinate_length(alg)
    scalar = d.to_bytes(length, "big")
    inner = sec1(alg, scalar, x, y)
    algorithm = der_sequence(der_oid(EC_OID), der_oid(CURVE_OIDS[alg]))
    pkcs8 = der_sequence(der_integer(0), algorithm, der(0x04, inner))
    jwk = {"kty": "EC", "crv": CRV[alg], "d": b64url(scalar)}
    jwk |= {"x": b64url(x.to_bytes(length, "big")), "y": b64url(y.to_bytes(length, "big"))}
    outcomes = [
        Key.from_der(alg, inner),
        Key.from_der(alg, pkcs8),
        Key.from_pem(alg, pem("EC PRIVATE KEY", inner)),
        Key.from_pem(alg, pem("PRIVATE KEY", pkcs8)),
        Key.from_jwk(alg, json.dumps(jwk)),
    ]
    return {outcome.status for outcome in outcomes}


@pytest.mark.parametrize("alg", EC_ALGS, ids=lambda alg: alg.name)
def test_9_ec_private_half_does_not_belong_to_the_public_one(alg: Alg) -> None:
    x, y, d = ec_numbers(alg)
    n = ORDERS[alg]
    assert ec_private_statuses(alg, d, x, y) == {"OK"}
    for other in (d ^ 1, d + 1, 1, 0, n, n - 1, n - d, n + 1):
        if other.bit_length() <= 8 * coordinate_length(alg):
            assert ec_private_statuses(alg, other, x, y) == {"E_KEY_FORMAT"}
    assert ec_private_statuses(alg, d, x, FIELDS[alg] - y) == {"E_KEY_FORMAT"}
    stranger = ec.derive_private_key(7, CURVES[alg]).public_key().public_numbers()
    assert ec_private_statuses(alg, d, stranger.x, stranger.y) == {"E_KEY_FORMAT"}
    if d + n < 2 ** (8 * coordinate_length(alg)):
        assert ec_private_statuses(alg, d + n, x, y) == {"E_KEY_FORMAT"}


# ---- 9: points of Edwards curves


def okp_spki(curve: Edwards, public: bytes) -> bytes:
    oid = der_oid("1.3.101.112" if curve is ED25519 else "1.3.101.113")
    return der_sequence(der_sequence(oid), der(0x03, b"\0", public))


def okp_public_statuses(curve: Edwards, public: bytes) -> set[str]:
    """Under both pins that serve the curve, in all forms."""
    crv, own = ("Ed25519", Alg.ED25519) if curve is ED25519 else ("Ed448", Alg.ED448)
    jwk = json.dumps({"kty": "OKP", "crv": crv, "x": b64url(public)})
    spki = okp_spki(curve, public)
    outcomes = []
    for alg in (own, Alg.EDDSA):
        outcomes += [
            Key.from_jwk(alg, jwk),
            Key.from_der(alg, spki),
            Key.from_pem(alg, pem("PUBLIC KEY", spki)),
        ]
    return {outcome.status for outcome in outcomes}


def okp_public(curve: Edwards) -> bytes:
    key = private_key(Alg.ED25519 if curve is ED25519 else Alg.ED448)
    assert isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return key.public_key().public_bytes_raw()


BOTH = pytest.mark.parametrize("curve", [ED25519, ED448], ids=["Ed25519", "Ed448"])


@BOTH
def test_9_okp_point_of_small_order(curve: Edwards) -> None:
    points = {curve.encode(point) for point in curve.torsion()}
    assert len(points) == curve.cofactor
    # The same with the other sign of x, also where x is 0 and has none.
    high = bytes(curve.length - 1) + b"\x80"
    points |= {bytes(a ^ b for a, b in zip(point, high, strict=True)) for point in points}
    for point in points:
        assert okp_public_statuses(curve, point) == {"E_KEY_FORMAT"}
    assert okp_public_statuses(curve, okp_public(curve)) == {"OK"}


@BOTH
def test_9_okp_encoding_is_not_canonical(curve: Edwards) -> None:
    top = 1 << 8 * curve.length - 1
    numbers = [curve.p + y for y in (0, 1, 2, 3, 4, 5, 18)] + [curve.p * 2 - 1, top - 1]
    for number in numbers:
        if number < top:
            for sign in (0, top):
                encoded = (number | sign).to_bytes(curve.length, "little")
                assert okp_public_statuses(curve, encoded) == {"E_KEY_FORMAT"}
    if curve is ED448:
        genuine = okp_public(curve)
        for bits in (0x01, 0x40, 0x7F):
            assert okp_public_statuses(curve, genuine[:-1] + bytes([genuine[-1] | bits])) == {"E_KEY_FORMAT"}


@BOTH
def test_9_okp_point_off_the_curve(curve: Edwards) -> None:
    off = [y for y in range(2, 200) if curve.x_of(y) is None]
    on = [y for y in range(2, 200) if curve.x_of(y) is not None]
    assert len(off) > 50
    assert len(on) > 50
    for y in off:
        assert okp_public_statuses(curve, y.to_bytes(curve.length, "little")) == {"E_KEY_FORMAT"}


def test_9_ed25519_point_of_mixed_order() -> None:
    """A good key plus a point of small order: whether a signature holds then depends on who computes it."""
    genuine = ED25519.decode(okp_public(ED25519))
    for point in ED25519.torsion():
        mixed = ED25519.encode(ED25519.add(genuine, point))
        expected = "OK" if point == (0, 1) else "E_KEY_FORMAT"
        assert okp_public_statuses(ED25519, mixed) == {expected}


@BOTH
def test_9_okp_key_of_another_length(curve: Edwards) -> None:
    genuine = okp_public(curve)
    for other in (b"", genuine[:-1], genuine + b"\0", b"\0" + genuine, genuine * 2):
        assert okp_public_statuses(curve, other) == {"E_KEY_FORMAT"}


@BOTH
def test_9_okp_d_does_not_match_x(curve: Edwards) -> None:
    crv, alg = ("Ed25519", Alg.ED25519) if curve is ED25519 else ("Ed448", Alg.ED448)
    key = private_key(alg)
    assert isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    seed = key.private_bytes_raw()
    public = okp_public(curve)
    flipped = bytes([public[0] ^ 1]) + public[1:]
    stranger = curve.encode(curve.add(curve.decode(public), curve.decode(public)))
    for pin in (alg, Alg.EDDSA):

        def status(d: bytes, x: bytes, pin: Alg = pin) -> str:
            return Key.from_jwk(
                pin, json.dumps({"kty": "OKP", "crv": crv, "d": b64url(d), "x": b64url(x)})
            ).status

        assert status(seed, public) == "OK"
        negative = public[:-1] + bytes([public[-1] ^ 0x80])
        for x in (flipped, stranger, negative, bytes(curve.length), seed, b"", public[:-1], public + b"\0"):
            assert status(seed, x) == "E_KEY_FORMAT"
        for d in (
            bytes([seed[0] ^ 8]) + seed[1:],
            bytes(curve.length),
            seed[:-1],
            seed + b"\0",
            seed + public,
            b"",
        ):
            assert status(d, public) == "E_KEY_FORMAT"
        without_x = json.dumps({"kty": "OKP", "crv": crv, "d": b64url(seed)})
        assert Key.from_jwk(pin, without_x).status == "E_KEY_FORMAT"


def test_9_okp_public_key_inside_pkcs8_does_not_match() -> None:
    """RFC 5958 version 2 carries the public key beside the private one."""
    key = private_key(Alg.ED25519)
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    algorithm, inner = der_sequence(der_oid("1.3.101.112")), der(0x04, der(0x04, key.private_bytes_raw()))
    for public, expected in ((okp_public(ED25519), {"OK"}), (stream("other", 32), {"OK", "E_KEY_FORMAT"})):
        two = der_sequence(der_integer(1), algorithm, inner, der(0x81, b"\0", public))
        outcome = Key.from_der(Alg.ED25519, two)
        assert outcome.status in expected | {"E_KEY_FORMAT"}
        if outcome.output is not None:
            # Whatever stands beside it, the public half is that of the seed.
            signed = Signer.new(Policy.new(), outcome.output).value().sign("{}", NOW).value()
            honest_key = Key.from_der(Alg.ED25519, okp_spki(ED25519, okp_public(ED25519))).value()
            assert Verifier.new(Policy.new(), honest_key).value().verify(signed, NOW).status == "OK"
    form = serialization.PrivateFormat.PKCS8
    plain = key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
    assert Key.from_der(Alg.ED25519, plain).status == "OK"
