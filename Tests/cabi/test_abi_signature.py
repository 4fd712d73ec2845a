"""Signatures that a careless check takes for good: attacks 10 to 14."""

import functools
import hashlib
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, utils
from pinjwt_abi import (
    EC_ALGS,
    RSA_ALGS,
    VERDICT_ALLOW,
    VERDICT_REVOKED,
    Alg,
    Key,
    Policy,
    Verifier,
    claims_string,
)
from pinjwt_forge import (
    CLAIMS,
    DIGEST_INFO,
    ED448,
    ED25519,
    NOW,
    ORDERS,
    Edwards,
    b64url,
    coordinate_length,
    der,
    der_integer,
    der_sequence,
    ecdsa_numbers,
    ecdsa_signature,
    hash_of,
    honest,
    pem,
    pinned,
    pkcs1_block,
    pss_block,
    raw_signing,
    rsa_numbers,
    rsa_spki,
    signing,
    token,
    unb64url,
    verifier,
)

EC = pytest.mark.parametrize("alg", EC_ALGS, ids=lambda alg: alg.name)


def with_signature(alg: Alg, signature: bytes, by: Verifier | None = None) -> str:
    """The status of an otherwise honest token with these bytes as its signature."""
    forged = token({"alg": alg.jose}, CLAIMS, lambda _: signature)
    return (by or verifier(alg, 1 << 20)).verify(forged, NOW).status


def split(genuine: str) -> tuple[str, bytes]:
    signed, _, signature = genuine.rpartition(".")
    return signed, unb64url(signature)


# ---- 10: r and s that are no numbers of a signature


@EC
def test_10_psychic_signature(alg: Alg) -> None:
    n, largest = ORDERS[alg], 2 ** (8 * coordinate_length(alg)) - 1
    values = [0, 1, n - 1, n, n + 1, largest]
    values += [2 * n] if 2 * n <= largest else []
    for r in values:
        for s in values:
            assert with_signature(alg, ecdsa_signature(alg, r, s)) == "E_SIGNATURE"
    assert verifier(alg).verify(honest(alg), NOW).status == "OK"


@EC
def test_10_one_number_of_a_genuine_signature(alg: Alg) -> None:
    signed, signature = split(honest(alg))
    r, s = ecdsa_numbers(alg, signature)
    n = ORDERS[alg]
    pairs = [
        (0, s),
        (r, 0),
        (n, s),
        (r, n),
        (s, r),
        (1, s),
        (r, 1),
        (r, s ^ 1),
        (r ^ 1, s),
        (n - r, s),
        (r, r),
    ]
    for pair in pairs:
        forged = f"{signed}.{b64url(ecdsa_signature(alg, *pair))}"
        assert verifier(alg).verify(forged, NOW).status == "E_SIGNATURE"


def test_10_r_or_s_of_the_order_or_more() -> None:
    """The same numbers modulo the order: on P-521 there is room for them."""
    alg = Alg.ES512
    signed, signature = split(honest(alg))
    r, s = ecdsa_numbers(alg, signature)
    n = ORDERS[alg]
    for i in range(100):
        for pair in ((r + i * n, s), (r, s + i * n), (r + i * n, s + i * n)):
            forged = f"{signed}.{b64url(ecdsa_signature(alg, *pair))}"
            assert verifier(alg).verify(forged, NOW).status == ("E_SIGNATURE" if i else "OK")


# ---- 11: ECDSA signatures in another form


@EC
def test_11_signature_in_another_form(alg: Alg) -> None:
    signed, signature = split(honest(alg))
    r, s = ecdsa_numbers(alg, signature)
    length = coordinate_length(alg)
    rs, ss = signature[:length], signature[length:]
    in_der = utils.encode_dss_signature(r, s)
    forms = {
        "DER": in_der,
        "DER, filled up": in_der.ljust(2 * length, b"\0"),
        "DER, cut": in_der[: 2 * length],
        "leading zeros in both": b"\0" + rs + b"\0" + ss,
        "leading zero in one": b"\0" + signature,
        "trailing zero": signature + b"\0",
        "trailing zeros in both": rs + b"\0" + ss + b"\0",
        "leading zeros to 128 bytes": rs.rjust(128, b"\0") + ss.rjust(128, b"\0"),
        "a byte short": signature[:-1],
        "a byte short before": signature[1:],
        "both a byte short": rs[1:] + ss[1:],
        "r alone": rs,
        "little endian": rs[::-1] + ss[::-1],
        "twice": signature * 2,
        "16 KB of it": signature * (16384 // len(signature)),
        "16 KB of zeros before": bytes(16384) + signature,
        "16 KB of zeros behind": signature + bytes(16384),
        "one byte": b"\0",
        "hexadecimal": signature.hex().encode(),
        "base64url": b64url(signature).encode(),
        "Ethereum's recovery byte": signature + b"\x1b",
    }
    by = verifier(alg, 1 << 20)
    for name, form in forms.items():
        assert by.verify(f"{signed}.{b64url(form)}", NOW).status == "E_SIGNATURE", name
    assert by.verify(f"{signed}.{b64url(signature)}", NOW).status == "OK"


@EC
def test_11_short_numbers_have_leading_zeros(alg: Alg) -> None:
    """A signature whose r or s is short is accepted at its full length and in no other."""
    length = coordinate_length(alg)
    limit = 2 ** (ORDERS[alg].bit_length() - 8)
    for attempt in range(3000):
        signed, signature = split(honest(alg, {**CLAIMS, "jti": str(attempt)}))
        r, s = ecdsa_numbers(alg, signature)
        if min(r, s) < limit:
            break
    assert min(r, s) < limit
    assert verifier(alg).verify(f"{signed}.{b64url(signature)}", NOW).status == "OK"
    stripped = r.to_bytes((r.bit_length() + 7) // 8, "big") + s.to_bytes((s.bit_length() + 7) // 8, "big")
    assert len(stripped) < 2 * length
    assert verifier(alg).verify(f"{signed}.{b64url(stripped)}", NOW).status == "E_SIGNATURE"


# ---- 12: the same signature modulo something


@pytest.mark.parametrize("curve", [ED25519, ED448], ids=["Ed25519", "Ed448"])
def test_12_edwards_s_plus_the_order(curve: Edwards) -> None:
    own = Alg.ED25519 if curve is ED25519 else Alg.ED448
    for alg in (own, Alg.EDDSA):
        by = Verifier.new(Policy.new(), Key.from_jwk(alg, _without_alg(own)).value()).value()
        signed, signature = split(token({"alg": alg.jose}, CLAIMS, signing(own)))
        assert by.verify(f"{signed}.{b64url(signature)}", NOW).status == "OK"
        length = curve.length
        big_r, s = signature[:length], int.from_bytes(signature[length:], "little")
        assert s < curve.order
        for factor in range(1, 20):
            larger = s + factor * curve.order
            if larger < 1 << 8 * length:
                forged = f"{signed}.{b64url(big_r + larger.to_bytes(length, 'little'))}"
                assert by.verify(forged, NOW).status == "E_SIGNATURE"
        for bit in range(8 * length):
            forged = f"{signed}.{b64url(big_r + (s ^ 1 << bit).to_bytes(length, 'little'))}"
            assert by.verify(forged, NOW).status == "E_SIGNATURE"
        for other in (signature[:-1], signature + b"\0", b"\0" + signature, signature * 2, bytes(2 * length)):
            assert by.verify(f"{signed}.{b64url(other)}", NOW).status == "E_SIGNATURE"


def _without_alg(alg: Alg) -> str:
    jwk = json.loads(pinned(alg).to_jwk(1).value())
    del jwk["alg"]
    return json.dumps(jwk)


@pytest.mark.parametrize("curve", [ED25519, ED448], ids=["Ed25519", "Ed448"])
def test_12_edwards_r_of_small_order(curve: Edwards) -> None:
    alg = Alg.ED25519 if curve is ED25519 else Alg.ED448
    for point in curve.torsion():
        for s in (0, 1, curve.order - 1, curve.order):
            forged = curve.encode(point) + s.to_bytes(curve.length, "little")
            assert with_signature(alg, forged) == "E_SIGNATURE"


@pytest.mark.parametrize("alg", RSA_ALGS, ids=lambda alg: alg.name)
def test_12_rsa_signature_plus_the_modulus(alg: Alg) -> None:
    numbers, tried = rsa_numbers(), 0
    for attempt in range(60):
        signed, signature = split(honest(alg, {**CLAIMS, "jti": str(attempt)}))
        assert verifier(alg).verify(f"{signed}.{b64url(signature)}", NOW).status == "OK"
        larger = int.from_bytes(signature, "big") + numbers.n
        longer = larger.to_bytes(numbers.size + 1, "big")
        assert verifier(alg).verify(f"{signed}.{b64url(longer)}", NOW).status == "E_SIGNATURE"
        if larger < 1 << 8 * numbers.size:
            tried += 1
            assert verifier(alg).verify(f"{signed}.{b64url(longer[1:])}", NOW).status == "E_SIGNATURE"
    assert tried > 0


@pytest.mark.parametrize("alg", RSA_ALGS, ids=lambda alg: alg.name)
def test_12_rsa_signature_of_another_length_or_value(alg: Alg) -> None:
    numbers = rsa_numbers()
    signed, signature = split(honest(alg))
    size = numbers.size
    others = [
        b"\0" + signature,
        bytes(256) + signature,
        signature + b"\0",
        signature[1:],
        signature[:-1],
        signature[::-1],
        signature * 2,
        bytes(size),
        bytes(1),
        (1).to_bytes(size, "big"),
        (numbers.n - 1).to_bytes(size, "big"),
        numbers.n.to_bytes(size, "big"),
        (numbers.n - int.from_bytes(signature, "big")).to_bytes(size, "big"),
        b"\xff" * size,
        numbers.p.to_bytes(size, "big"),
    ]
    for other in others:
        assert verifier(alg).verify(f"{signed}.{b64url(other)}", NOW).status == "E_SIGNATURE"
    assert verifier(alg).verify(f"{signed}.{b64url(signature)}", NOW).status == "OK"


@pytest.mark.parametrize("alg", [Alg.RS256, Alg.PS256], ids=lambda alg: alg.name)
def test_12_rsa_signature_that_begins_by_zeros(alg: Alg) -> None:
    for attempt in range(5000):
        signed, signature = split(honest(alg, {**CLAIMS, "jti": str(attempt)}))
        if signature[0] == 0:
            break
    assert signature[0] == 0
    assert verifier(alg).verify(f"{signed}.{b64url(signature)}", NOW).status == "OK"
    assert verifier(alg).verify(f"{signed}.{b64url(signature.lstrip(bytes(1)))}", NOW).status == "E_SIGNATURE"


@pytest.mark.parametrize("alg", [Alg.HS256, Alg.HS384, Alg.HS512], ids=lambda alg: alg.name)
def test_12_hmac_of_another_length(alg: Alg) -> None:
    signed, signature = split(honest(alg))
    lengths = range(1, len(signature))
    others = [signature[:length] for length in lengths] + [signature[length:] for length in lengths]
    others += [signature + b"\0", signature * 2, bytes(len(signature)), b"\0" + signature, signature[::-1]]
    others += [bytes([*signature[:i], signature[i] ^ 1, *signature[i + 1 :]]) for i in range(len(signature))]
    for other in others:
        assert verifier(alg).verify(f"{signed}.{b64url(other)}", NOW).status == "E_SIGNATURE"


# ---- 13: the high-s twin, which RFC 7518 allows


@EC
def test_13_high_s_twin_is_the_same_token_to_the_hook(alg: Alg) -> None:
    signed, signature = split(honest(alg))
    r, s = ecdsa_numbers(alg, signature)
    twins = [ecdsa_signature(alg, r, value) for value in (s, ORDERS[alg] - s)]
    assert twins[0] != twins[1]
    seen: list[bytes] = []
    revoked: set[bytes] = set()

    def answer(claims: int | None) -> int:
        seen.append(claims_string(claims, "jti"))
        return VERDICT_REVOKED if seen[-1] in revoked else VERDICT_ALLOW

    by = Verifier.new(Policy.new().set_revocation(answer), pinned(alg)).value()
    for twin in twins:
        assert by.verify_once(f"{signed}.{b64url(twin)}", NOW).status == "OK"
    revoked.add(seen[0])
    for twin in reversed(twins):
        assert by.verify_once(f"{signed}.{b64url(twin)}", NOW).status == "E_REVOKED"
    assert seen == [b"7f"] * 4


# ---- 14: RSA paddings

SIZE = rsa_numbers().size


def pkcs1(
    message: bytes,
    info: bytes | None = None,
    head: bytes = b"\0\1",
    fill: bytes = b"\xff",
    count: int | None = None,
    separator: bytes = b"\0",
    tail: bytes = b"",
) -> bytes:
    """EMSA-PKCS1-v1_5 with any of its parts replaced; what is missing behind is filled with 0xAA."""
    given = DIGEST_INFO["sha256"] + hashlib.sha256(message).digest() if info is None else info
    rest = SIZE - len(head) - len(separator) - len(given) - len(tail)
    block = head + fill * (rest if count is None else count) + separator + given + tail
    return block.ljust(SIZE, b"\xaa")


def sha256(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


def digest_info(message: bytes, algorithm: bytes, digest: bytes | None = None) -> bytes:
    return der_sequence(der_sequence(algorithm), der(0x04, sha256(message) if digest is None else digest))


SHA256_OID = bytes.fromhex("0609608648016503040201")
SHA512_OID = bytes.fromhex("0609608648016503040203")
NULL = b"\x05\x00"
PKCS1_VARIANTS: dict[str, Callable[[bytes], bytes]] = {
    "rubbish behind the hash": lambda m: pkcs1(m, count=8),
    "rubbish behind the hash, longer padding": lambda m: pkcs1(m, count=100),
    "zeros behind the hash": lambda m: pkcs1(m, count=8).replace(b"\xaa", b"\0"),
    "no padding": lambda m: pkcs1(m, count=0),
    "seven bytes of padding": lambda m: pkcs1(m, count=7),
    "a byte less of padding": lambda m: pkcs1(m, tail=b"\0"),
    "other padding": lambda m: pkcs1(m, fill=b"\xfe"),
    "padding of zeros": lambda m: pkcs1(m, fill=b"\0"),
    "one wrong byte of padding": lambda m: pkcs1(m, head=b"\0\1" + b"\xff" * 20 + b"\xfe"),
    "block type 0": lambda m: pkcs1(m, head=b"\0\0"),
    "block type 2": lambda m: pkcs1(m, head=b"\0\2"),
    "first byte 1": lambda m: pkcs1(m, head=b"\1\1"),
    "no leading zero": lambda m: pkcs1(m, head=b"\1", tail=b"\0"),
    "no separator": lambda m: pkcs1(m, separator=b""),
    "two separators": lambda m: pkcs1(m, separator=b"\0\0"),
    "bare hash": lambda m: pkcs1(m, info=sha256(m)),
    "no NULL": lambda m: pkcs1(m, info=digest_info(m, SHA256_OID)),
    "rubbish for NULL": lambda m: pkcs1(m, info=digest_info(m, SHA256_OID + b"\x04\x02ab")),
    "rubbish behind NULL": lambda m: pkcs1(m, info=digest_info(m, SHA256_OID + NULL + b"\x04\x02ab")),
    "long rubbish for NULL": lambda m: pkcs1(m, info=digest_info(m, SHA256_OID + der(0x04, bytes(150)))),
    "NULL with a long length": lambda m: pkcs1(m, info=digest_info(m, SHA256_OID + b"\x05\x81\x00")),
    "name of another hash": lambda m: pkcs1(m, info=digest_info(m, SHA512_OID + NULL)),
    "another hash": lambda m: pkcs1_block(m, SIZE, "sha512"),
    "SHA-1": lambda m: pkcs1_block(m, SIZE, "sha1"),
    "cut hash": lambda m: pkcs1(m, info=digest_info(m, SHA256_OID + NULL, sha256(m)[:31])),
    "empty hash": lambda m: pkcs1(m, info=digest_info(m, SHA256_OID + NULL, b"")),
    "hash and a byte": lambda m: pkcs1(m, info=digest_info(m, SHA256_OID + NULL, sha256(m) + b"\0")),
    "hash of something else": lambda m: pkcs1(m + b"x"),
    "hash twice": lambda m: pkcs1(m, info=digest_info(m, SHA256_OID + NULL) * 2),
    "BER lengths": lambda m: pkcs1(m, info=b"\x30\x81\x31" + DIGEST_INFO["sha256"][2:] + sha256(m)),
    "indefinite length": lambda m: pkcs1(
        m, info=b"\x30\x80" + DIGEST_INFO["sha256"][2:] + sha256(m) + b"\0\0"
    ),
    "SET": lambda m: pkcs1(m, info=b"\x31" + DIGEST_INFO["sha256"][1:] + sha256(m)),
    "PSS": lambda m: pss_block(m, SIZE),
    "X9.31": lambda m: b"\x6b" + b"\xbb" * (SIZE - 36) + b"\xba" + sha256(m) + b"\x34\xcc",
    "message itself": lambda m: pkcs1(m, info=der_sequence(der_integer(1))),
}


@pytest.mark.parametrize("variant", PKCS1_VARIANTS)
def test_14_pkcs1_padding(variant: str) -> None:
    """Made by the owner of the key, so that only the padding speaks against it."""
    block = PKCS1_VARIANTS[variant]
    sizes: set[int] = set()

    def sign(message: bytes) -> bytes:
        made = block(message)
        sizes.add(len(made))
        return rsa_numbers().raw(made)

    forged = token({"alg": "RS256"}, CLAIMS, sign)
    assert verifier(Alg.RS256).verify(forged, NOW).status == "E_SIGNATURE"
    assert sizes == {SIZE}


def test_14_pkcs1_padding_made_by_hand_is_accepted() -> None:
    """The control: the same construction, right."""
    for alg, digest in ((Alg.RS256, "sha256"), (Alg.RS384, "sha384"), (Alg.RS512, "sha512")):
        block = functools.partial(pkcs1_block, size=SIZE, digest=digest)
        genuine = token({"alg": alg.jose}, CLAIMS, raw_signing(block))
        assert verifier(alg).verify(genuine, NOW).status == "OK"
    genuine = token({"alg": "RS256"}, CLAIMS, raw_signing(pkcs1))
    assert verifier(Alg.RS256).verify(genuine, NOW).status == "OK"


def cube_root(number: int) -> int:
    """The least integer whose cube is `number` or more."""
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high) // 2
        if middle**3 < number:
            low = middle + 1
        else:
            high = middle
    return low


@pytest.mark.parametrize("count", [0, 1, 8, 20])
@pytest.mark.parametrize("digest", ["sha256", "sha1"])
def test_14_bleichenbacher_2006(digest: str, count: int) -> None:
    """With e = 3, a cube that begins like a signature needs no private key."""
    numbers = rsa_numbers(3)
    key = Key.from_pem(Alg.RS256, pem("PUBLIC KEY", rsa_spki(numbers.n, 3))).value()
    by = Verifier.new(Policy.new(), key).value()

    def forge(message: bytes) -> bytes:
        info = DIGEST_INFO[digest] + hashlib.new(digest, message).digest()
        head = b"\0\1" + b"\xff" * count + b"\0" + info
        root = cube_root(int.from_bytes(head.ljust(numbers.size, b"\0"), "big"))
        assert (root**3).to_bytes(numbers.size, "big").startswith(head)
        assert root**3 < numbers.n
        return root.to_bytes(numbers.size, "big")

    assert by.verify(token({"alg": "RS256"}, CLAIMS, forge), NOW).status == "E_SIGNATURE"
    good = functools.partial(pkcs1_block, size=numbers.size)
    genuine = token({"alg": "RS256"}, CLAIMS, raw_signing(good, numbers))
    assert by.verify(genuine, NOW).status == "OK"


def pss_with_first_bit(message: bytes) -> bytes:
    """The unused leading bit is set: as much as the modulus allows."""
    block = bytearray(pss_block(message, SIZE))
    block[0] |= 0x80
    return bytes(block)


PSS_VARIANTS: dict[str, Callable[[bytes], bytes]] = {
    **{
        f"salt of {n}": functools.partial(pss_block, size=SIZE, salt_length=n)
        for n in (0, 1, 8, 20, 31, 33, 64, 128, 222)
    },
    "MGF1 with SHA-1": lambda m: pss_block(m, SIZE, mgf_digest="sha1"),
    "MGF1 with SHA-384": lambda m: pss_block(m, SIZE, mgf_digest="sha384"),
    "MGF1 with SHA-512": lambda m: pss_block(m, SIZE, mgf_digest="sha512"),
    "SHA-1": lambda m: pss_block(m, SIZE, 20, "sha1", "sha1"),
    "SHA-1, longer salt": lambda m: pss_block(m, SIZE, 32, "sha1", "sha1"),
    "SHA-512": lambda m: pss_block(m, SIZE, 64, "sha512", "sha512"),
    "SHA-512, MGF1 with SHA-256": lambda m: pss_block(m, SIZE, 32, "sha512", "sha256"),
    "trailer CC": lambda m: pss_block(m, SIZE, trailer=0xCC),
    "trailer 0": lambda m: pss_block(m, SIZE, trailer=0),
    "separator 0": lambda m: pss_block(m, SIZE, separator=0),
    "separator 2": lambda m: pss_block(m, SIZE, separator=2),
    "another message": lambda m: pss_block(m + b"x", SIZE),
    "PKCS#1": lambda m: pkcs1_block(m, SIZE),
}


@pytest.mark.parametrize("variant", PSS_VARIANTS)
def test_14_pss(variant: str) -> None:
    block = PSS_VARIANTS[variant]
    forged = token({"alg": "PS256"}, CLAIMS, raw_signing(block))
    assert verifier(Alg.PS256).verify(forged, NOW).status == "E_SIGNATURE"


def test_14_pss_leading_bit_is_set() -> None:
    for attempt in range(100):
        payload = {**CLAIMS, "jti": str(attempt)}
        blocks: list[bytes] = []

        def sign(message: bytes, made: list[bytes] = blocks) -> bytes:
            made.append(pss_with_first_bit(message))
            return rsa_numbers().raw(made[-1])

        forged = token({"alg": "PS256"}, payload, sign)
        if int.from_bytes(blocks[-1], "big") < rsa_numbers().n:
            break
    assert int.from_bytes(blocks[-1], "big") < rsa_numbers().n
    assert verifier(Alg.PS256).verify(forged, NOW).status == "E_SIGNATURE"


def test_14_pss_made_by_hand_is_accepted() -> None:
    """The control, with a salt of each hash's length."""
    hashes_of = ((Alg.PS256, "sha256", 32), (Alg.PS384, "sha384", 48), (Alg.PS512, "sha512", 64))
    for alg, digest, length in hashes_of:
        block = functools.partial(pss_block, size=SIZE, salt_length=length, digest=digest, mgf_digest=digest)
        genuine = token({"alg": alg.jose}, CLAIMS, raw_signing(block))
        assert verifier(alg).verify(genuine, NOW).status == "OK"


@pytest.mark.parametrize("alg", [Alg.PS256, Alg.PS384, Alg.PS512], ids=lambda alg: alg.name)
def test_14_pss_salt_as_libraries_choose_it(alg: Alg) -> None:
    """The longest salt, which some libraries take by default, and none."""
    key, digest = rsa_numbers().key(), hash_of(alg)
    for length in (padding.PSS.MAX_LENGTH, 0):
        scheme = padding.PSS(padding.MGF1(digest), length)
        sign = functools.partial(key.sign, padding=scheme, algorithm=digest)
        assert verifier(alg).verify(token({"alg": alg.jose}, CLAIMS, sign), NOW).status == "E_SIGNATURE"
