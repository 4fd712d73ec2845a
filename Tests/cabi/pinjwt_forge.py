"""Tokens, signatures and keys made by hand, outside of pinjwt and of every JWT library.

All keys come from fixed numbers, so that a run can be repeated; they protect nothing.
"""

import base64
import functools
import hashlib
import hmac
import json
import random
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, utils
from pinjwt_abi import EC_ALGS, EDWARDS_ALGS, HMAC_ALGS, Alg, Key, Policy, Verifier

NOW: Final = 1_800_000_000
CLAIMS: Final = {"sub": "alice", "jti": "7f", "iat": NOW, "exp": NOW + 600}

Signing: TypeAlias = Callable[[bytes], bytes]
JSON: TypeAlias = Mapping[str, object] | str | bytes
PrivateKey: TypeAlias = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
)

# ---- Tokens


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def as_json(value: JSON) -> bytes:
    """An object as compact JSON; text and bytes as they stand."""
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))).encode("utf-8")


def seal(header_segment: str, payload_segment: str, sign: Signing) -> str:
    """A token whose signature is right for its first two segments, whatever they hold."""
    signing_input = f"{header_segment}.{payload_segment}"
    return f"{signing_input}.{b64url(sign(signing_input.encode('utf-8')))}"


def token(header: JSON, payload: JSON, sign: Signing) -> str:
    return seal(b64url(as_json(header)), b64url(as_json(payload)), sign)


def honest(alg: Alg, payload: JSON = CLAIMS, **header: object) -> str:
    """A token as the owner of the key makes it, with more members in its header where they are given."""
    return token({"alg": alg.jose, **header}, payload, signing(alg))


# ---- Signing


def hash_of(alg: Alg) -> hashes.HashAlgorithm:
    return {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[alg.name[2:5]]


def hmac_with(secret: bytes, alg: Alg = Alg.HS256) -> Signing:
    return lambda message: hmac.digest(secret, message, hash_of(alg).name)


def signing_with(alg: Alg, key: PrivateKey) -> Signing:
    """What signs for `alg` with a key of `cryptography`."""

    def sign(message: bytes) -> bytes:
        if isinstance(key, rsa.RSAPrivateKey):
            digest = hash_of(alg)
            if alg.name.startswith("RS"):
                return key.sign(message, padding.PKCS1v15(), digest)
            return key.sign(message, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hash_of(alg))))
            return ecdsa_signature(alg, r, s)
        return key.sign(message)

    return sign


def signing(alg: Alg) -> Signing:
    """What signs for `alg` with the fixed key of it."""
    if alg in HMAC_ALGS:
        return hmac_with(secret_for(alg), alg)
    return signing_with(alg, private_key(alg))


# ---- Fixed keys


def stream(label: str, length: int) -> bytes:
    """Bytes that look random and are always the same."""
    return hashlib.shake_256(label.encode("utf-8")).digest(length)


def secret_for(alg: Alg) -> bytes:
    return stream(alg.name, 64)


def is_probably_prime(number: int) -> bool:
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5))


@functools.cache
def prime(label: str, bits: int = 1024, e: int = 65537) -> int:
    """A prime with its two highest bits set, so that products have all their bits, and p - 1 coprime to e."""
    generator = random.Random(label)
    small = [divisor for divisor in range(3, 2000, 2) if all(divisor % d for d in range(3, divisor, 2))]
    while True:
        candidate = generator.getrandbits(bits) | 3 << bits - 2 | 1
        if any(candidate % divisor == 0 for divisor in small) or candidate % e == 1:
            continue
        if is_probably_prime(candidate):
            return candidate


class RSANumbers(NamedTuple):
    n: int
    e: int
    d: int
    p: int
    q: int

    @property
    def size(self) -> int:
        return (self.n.bit_length() + 7) // 8

    def raw(self, block: bytes) -> bytes:
        """The private operation, on any block."""
        return pow(int.from_bytes(block, "big"), self.d, self.n).to_bytes(self.size, "big")

    def key(self) -> rsa.RSAPrivateKey:
        p, q, d = self.p, self.q, self.d
        public = rsa.RSAPublicNumbers(self.e, self.n)
        return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()

    def members(self) -> dict[str, int]:
        """The numbers of a private JWK."""
        p, q, d = self.p, self.q, self.d
        numbers = {"n": self.n, "e": self.e, "d": d, "p": p, "q": q}
        return {**numbers, "dp": d % (p - 1), "dq": d % (q - 1), "qi": pow(q, -1, p)}


@functools.cache
def rsa_numbers(e: int = 65537, bits: int = 2048) -> RSANumbers:
    p, q = (prime(f"{name} {e} {bits}", bits // 2, e) for name in "pq")
    return RSANumbers(p * q, e, pow(e, -1, (p - 1) * (q - 1)), p, q)


def raw_signing(block: Signing, numbers: RSANumbers | None = None) -> Signing:
    """Signs whatever block is made of the message."""
    by = numbers or rsa_numbers()
    return lambda message: by.raw(block(message))


CURVES: Final[dict[Alg, ec.EllipticCurve]] = {
    Alg.ES256: ec.SECP256R1(),
    Alg.ES384: ec.SECP384R1(),
    Alg.ES512: ec.SECP521R1(),
    Alg.ES256K: ec.SECP256K1(),
}
CRV: Final = {Alg.ES256: "P-256", Alg.ES384: "P-384", Alg.ES512: "P-521", Alg.ES256K: "secp256k1"}
ORDERS: Final = {
    Alg.ES256: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    Alg.ES384: 2**384 - 0x389CB27E0BC8D220A7E5F24DB74F58851313E695333AD68D,
    Alg.ES512: 2**521 - 0x5AE79787C40D069948033FEB708F65A2FC44A36477663B851449048E16EC79BF7,
    Alg.ES256K: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
}


@functools.cache
def private_key(alg: Alg) -> PrivateKey:
    """The fixed key of an asymmetric pin."""
    if alg in EC_ALGS:
        scalar = int.from_bytes(stream(alg.name, 80), "big") % (ORDERS[alg] - 1) + 1
        return ec.derive_private_key(scalar, CURVES[alg])
    if alg is Alg.ED448:
        return ed448.Ed448PrivateKey.from_private_bytes(stream("Ed448", 57))
    if alg in EDWARDS_ALGS:
        return ed25519.Ed25519PrivateKey.from_private_bytes(stream("Ed25519", 32))
    return rsa_numbers().key()


def public_pem(key: PrivateKey) -> str:
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, info).decode("ascii")


def private_pem(key: PrivateKey) -> str:
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, form, serialization.NoEncryption()).decode("ascii")


@functools.cache
def pinned(alg: Alg) -> Key:
    """The fixed key of a pin as pinjwt has it: what verifies."""
    if alg in HMAC_ALGS:
        return Key.from_secret(alg, secret_for(alg)).value()
    return Key.from_pem(alg, public_pem(private_key(alg))).value()


@functools.cache
def verifier(alg: Alg, max_token_size: int = 16384) -> Verifier:
    return Verifier.new(Policy.new(max_token_size=max_token_size), pinned(alg)).value()


# ---- RSA paddings (RFC 8017 section 9)

DIGEST_INFO: Final = {
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


def pkcs1_block(message: bytes, size: int, digest: str = "sha256") -> bytes:
    info = DIGEST_INFO[digest] + hashlib.new(digest, message).digest()
    return b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info


def mgf1(seed: bytes, length: int, digest: str) -> bytes:
    blocks = range(-(-length // hashlib.new(digest).digest_size))
    return b"".join(hashlib.new(digest, seed + i.to_bytes(4, "big")).digest() for i in blocks)[:length]


def pss_block(
    message: bytes,
    size: int,
    salt_length: int = 32,
    digest: str = "sha256",
    mgf_digest: str = "sha256",
    trailer: int = 0xBC,
    separator: int = 1,
) -> bytes:
    """EMSA-PSS for a modulus of whole bytes."""
    salt = stream("salt", salt_length)
    h = hashlib.new(digest, bytes(8) + hashlib.new(digest, message).digest() + salt).digest()
    db = bytes(size - salt_length - len(h) - 2) + bytes([separator]) + salt
    mask = mgf1(h, len(db), mgf_digest)
    masked = bytearray(a ^ b for a, b in zip(db, mask, strict=True))
    masked[0] &= 0x7F
    return bytes(masked) + h + bytes([trailer])


# ---- ECDSA


def coordinate_length(alg: Alg) -> int:
    return (CURVES[alg].key_size + 7) // 8


def ecdsa_signature(alg: Alg, r: int, s: int) -> bytes:
    length = coordinate_length(alg)
    return r.to_bytes(length, "big") + s.to_bytes(length, "big")


def ecdsa_numbers(alg: Alg, signature: bytes) -> tuple[int, int]:
    length = coordinate_length(alg)
    assert len(signature) == 2 * length
    return int.from_bytes(signature[:length], "big"), int.from_bytes(signature[length:], "big")


# ---- Edwards curves (RFC 8032 section 5): a x^2 + y^2 = 1 + d x^2 y^2 modulo p

Point: TypeAlias = tuple[int, int]


class Edwards(NamedTuple):
    p: int
    a: int
    d: int
    order: int
    cofactor: int
    length: int

    def add(self, left: Point, right: Point) -> Point:
        (x1, y1), (x2, y2) = left, right
        product = self.d * x1 * x2 * y1 * y2 % self.p
        x = (x1 * y2 + y1 * x2) * pow(1 + product, -1, self.p)
        y = (y1 * y2 - self.a * x1 * x2) * pow(1 - product, -1, self.p)
        return x % self.p, y % self.p

    def multiply(self, scalar: int, point: Point) -> Point:
        total = (0, 1)
        while scalar:
            if scalar & 1:
                total = self.add(total, point)
            point = self.add(point, point)
            scalar >>= 1
        return total

    def x_of(self, y: int) -> int | None:
        """One x for a y; None where the curve has no such point."""
        square = (1 - y * y) * pow(self.a - self.d * y * y, -1, self.p) % self.p
        if self.p % 4 == 3:
            root = pow(square, (self.p + 1) // 4, self.p)
        else:
            root = pow(square, (self.p + 3) // 8, self.p)
            if root * root % self.p != square:
                root = root * pow(2, (self.p - 1) // 4, self.p) % self.p
        return root if root * root % self.p == square else None

    def encode(self, point: Point) -> bytes:
        x, y = point
        return (y | (x & 1) << 8 * self.length - 1).to_bytes(self.length, "little")

    def decode(self, encoded: bytes) -> Point:
        number = int.from_bytes(encoded, "little")
        sign, y = number >> 8 * self.length - 1, number & (1 << 8 * self.length - 1) - 1
        x = self.x_of(y)
        assert x is not None
        return (x if x & 1 == sign else self.p - x), y

    def torsion(self) -> list[Point]:
        """All points whose order divides the cofactor."""
        y = 2
        while True:
            x = self.x_of(y)
            if x is not None:
                generator = self.multiply(self.order, (x, y))
                points = [self.multiply(i, generator) for i in range(self.cofactor)]
                if len(set(points)) == self.cofactor:
                    return points
            y += 1


_P25519: Final = 2**255 - 19
ED25519: Final = Edwards(
    _P25519,
    _P25519 - 1,
    -121665 * pow(121666, -1, _P25519) % _P25519,
    2**252 + 27742317777372353535851937790883648493,
    8,
    32,
)
_P448: Final = 2**448 - 2**224 - 1
ED448: Final = Edwards(
    _P448,
    1,
    _P448 - 39081,
    2**446 - 13818066809895115352007386748515426880336692474882178609894547503885,
    4,
    57,
)

# ---- DER


def der(tag: int, *contents: bytes) -> bytes:
    body = b"".join(contents)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def der_sequence(*contents: bytes) -> bytes:
    return der(0x30, *contents)


def der_integer(number: int) -> bytes:
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def der_oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    body = b""
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        body += bytes(reversed(groups))
    return der(0x06, body)


def der_bits(content: bytes) -> bytes:
    return der(0x03, b"\x00", content)


DER_NULL: Final = b"\x05\x00"
EC_OID: Final = "1.2.840.10045.2.1"
RSA_OID: Final = "1.2.840.113549.1.1.1"
CURVE_OIDS: Final = {
    Alg.ES256: "1.2.840.10045.3.1.7",
    Alg.ES384: "1.3.132.0.34",
    Alg.ES512: "1.3.132.0.35",
    Alg.ES256K: "1.3.132.0.10",
}


def rsa_public_der(n: int, e: int) -> bytes:
    """PKCS#1."""
    return der_sequence(der_integer(n), der_integer(e))


def rsa_spki(n: int, e: int) -> bytes:
    return der_sequence(der_sequence(der_oid(RSA_OID), DER_NULL), der_bits(rsa_public_der(n, e)))


def rsa_private_der(members: Mapping[str, int]) -> bytes:
    """PKCS#1, from the numbers of a JWK."""
    names = ("n", "e", "d", "p", "q", "dp", "dq", "qi")
    return der_sequence(der_integer(0), *(der_integer(members[name]) for name in names))


def ec_spki(alg: Alg, point: bytes) -> bytes:
    return der_sequence(der_sequence(der_oid(EC_OID), der_oid(CURVE_OIDS[alg])), der_bits(point))


def pem(label: str, content: bytes) -> str:
    text = base64.b64encode(content).decode("ascii")
    lines = "\n".join(text[i : i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def jwk_number(number: int) -> str:
    """Base64urlUInt (RFC 7518 section 2)."""
    return b64url(number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big"))


def rsa_jwk(members: Mapping[str, int]) -> dict[str, str]:
    return {"kty": "RSA", **{name: jwk_number(number) for name, number in members.items()}}
