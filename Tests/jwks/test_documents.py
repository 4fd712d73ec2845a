"""JWK Sets as large identity providers publish them, and the tokens that go with them."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

import pinjwt
from keyserver import KeyServer, answers
from pinjwt import Algorithm, JWKSClient, KeySet, Policy, Verifier

T0 = 1_800_000_000
RSA, OTHER_RSA = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
SHORT_RSA = rsa.generate_private_key(public_exponent=65537, key_size=1024)
P256, P384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()

JWK = dict[str, Any]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def rsa_jwk(key: rsa.RSAPrivateKey, kid: str, **members: Any) -> JWK:
    public = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "n": number(public.n), "e": number(public.e), **members}


def ec_jwk(key: ec.EllipticCurvePrivateKey, crv: str, kid: str, **members: Any) -> JWK:
    public, size = key.public_key().public_numbers(), (key.key_size + 7) // 8
    point = {"x": b64(public.x.to_bytes(size, "big")), "y": b64(public.y.to_bytes(size, "big"))}
    return {"kty": "EC", "crv": crv, "kid": kid, **point, **members}


def okp_jwk(crv: str, public: bytes, kid: str, **members: Any) -> JWK:
    return {"kty": "OKP", "crv": crv, "kid": kid, "x": b64(public), **members}


def raw(key: ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def certificate(key: rsa.RSAPrivateKey) -> bytes:
    """Make a certificate in DER, as x5c has it."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


def certified(key: rsa.RSAPrivateKey) -> JWK:
    der = certificate(key)
    return {
        "x5c": [base64.b64encode(der).decode()],
        "x5t": b64(hashlib.sha1(der).digest()),
        "x5t#S256": b64(hashlib.sha256(der).digest()),
    }


ENCRYPTION = rsa_jwk(OTHER_RSA, "for-encryption", use="enc", alg="RSA-OAEP")

#: name, the document's keys, allowed pins, what signs, its algorithm, its kid, how many are skipped
DOCUMENTS: list[tuple[str, list[JWK], list[Algorithm], Any, str, str, int]] = [
    (
        "RSA without alg, with certificates and an issuer, as a directory of many tenants publishes them",
        [
            {
                **rsa_jwk(OTHER_RSA, "one", use="sig", **certified(OTHER_RSA)),
                "issuer": "https://idp.example/{tenant}/v2.0",
            },
            {
                **rsa_jwk(RSA, "two", use="sig", **certified(RSA)),
                "issuer": "https://idp.example/{tenant}/v2.0",
            },
        ],
        [Algorithm.RS256],
        RSA,
        "RS256",
        "two",
        0,
    ),
    (
        "RSA with alg, use, kid and nothing else",
        [rsa_jwk(RSA, "a", alg="RS256", use="sig"), rsa_jwk(OTHER_RSA, "b", alg="RS256", use="sig")],
        [Algorithm.RS256],
        RSA,
        "RS256",
        "a",
        0,
    ),
    (
        "a signing and an encryption key side by side, with certificates",
        [
            {**ENCRYPTION, **certified(OTHER_RSA)},
            rsa_jwk(RSA, "s", alg="RS256", use="sig", **certified(RSA)),
        ],
        [Algorithm.RS256],
        RSA,
        "RS256",
        "s",
        1,
    ),
    (
        "RSA and EC without use and alg, two pins allowed",
        [rsa_jwk(RSA, "r"), ec_jwk(P256, "P-256", "e")],
        [Algorithm.RS256, Algorithm.ES256],
        P256,
        "ES256",
        "e",
        0,
    ),
    (
        "RSA twice under different algs, one of them allowed",
        [rsa_jwk(OTHER_RSA, "x", alg="RS512"), rsa_jwk(RSA, "y", alg="PS256")],
        [Algorithm.PS256],
        RSA,
        "PS256",
        "y",
        1,
    ),
    (
        "every curve, unknown ones included, an unknown kty, and a key that is too short",
        [
            ec_jwk(P384, "P-384", "p384", alg="ES384", use="sig"),
            {"kty": "EC", "crv": "brainpoolP256r1", "kid": "bp", "x": "AA", "y": "AA"},
            {"kty": "AKP", "kid": "pq", "alg": "ML-DSA-44", "pub": "AAAA"},
            okp_jwk("X25519", raw(x25519.X25519PrivateKey.generate()), "x", use="enc"),
            rsa_jwk(SHORT_RSA, "short", alg="RS256", use="sig"),
            okp_jwk("Ed25519", raw(ED25519), "ed", alg="EdDSA", use="sig", key_ops=["verify"]),
        ],
        [Algorithm.ES384, Algorithm.EDDSA, Algorithm.RS256],
        ED25519,
        "EdDSA",
        "ed",
        4,
    ),
]


@pytest.mark.parametrize(
    ("keys", "allowed", "private", "alg", "kid", "skipped"),
    [document[1:] for document in DOCUMENTS],
    ids=[document[0] for document in DOCUMENTS],
)
def test_a_document_serves_over_http(
    server: KeyServer,
    keys: list[JWK],
    allowed: list[Algorithm],
    private: Any,
    alg: str,
    kid: str,
    skipped: int,
) -> None:
    document = json.dumps({"keys": keys, "comment": "members beside keys are ignored"}, indent=2)
    loaded = KeySet()
    assert loaded.load_jwks(document, allowed) == skipped
    assert len(loaded) == len(keys) - skipped

    server.answer = answers(document)
    token = jwt.encode({"exp": T0 + 600}, private, algorithm=alg, headers={"kid": kid})
    without_kid = jwt.encode({"exp": T0 + 600}, private, algorithm=alg)
    verifier = Verifier(Policy(), JWKSClient(server.url, allowed, allow_http=True))
    assert verifier.verify(token, now=T0)
    assert verifier.verify(without_kid, now=T0)
    with pytest.raises(pinjwt.UnknownKeyError):
        verifier.verify(jwt.encode({"exp": T0 + 600}, private, algorithm=alg, headers={"kid": "z"}), now=T0)
    with pytest.raises(pinjwt.AlgorithmError):
        verifier.verify(jwt.encode({"exp": T0 + 600}, "0" * 64, algorithm="HS256"), now=T0)
    assert server.count == 1


def test_a_key_for_encryption_verifies_nothing(server: KeyServer) -> None:
    server.answer = answers(json.dumps({"keys": [ENCRYPTION, rsa_jwk(RSA, "s")]}))
    verifier = Verifier(Policy(), JWKSClient(server.url, Algorithm.RS256, allow_http=True))
    forged = jwt.encode({"exp": T0 + 60}, OTHER_RSA, algorithm="RS256", headers={"kid": "for-encryption"})
    with pytest.raises(pinjwt.UnknownKeyError):
        verifier.verify(forged, now=T0)
    honest = jwt.encode({"exp": T0 + 60}, RSA, algorithm="RS256", headers={"kid": "s"})
    assert verifier.verify(honest, now=T0)


def test_the_certificate_of_a_key_is_not_the_key(server: KeyServer) -> None:
    """The members n and e count; x5c may say what it likes."""
    server.answer = answers(json.dumps({"keys": [rsa_jwk(RSA, "s", **certified(OTHER_RSA))]}))
    verifier = Verifier(Policy(), JWKSClient(server.url, Algorithm.RS256, allow_http=True))
    assert verifier.verify(jwt.encode({"exp": T0 + 60}, RSA, "RS256", {"kid": "s"}), now=T0)
    with pytest.raises(pinjwt.SignatureError):
        verifier.verify(jwt.encode({"exp": T0 + 60}, OTHER_RSA, "RS256", {"kid": "s"}), now=T0)


def test_a_pin_that_is_not_allowed_is_not_the_documents_to_choose(server: KeyServer) -> None:
    server.answer = answers(
        json.dumps({"keys": [rsa_jwk(RSA, "s", alg="RS512"), ec_jwk(P256, "P-256", "e")]})
    )
    verifier = Verifier(Policy(), JWKSClient(server.url, [Algorithm.RS256, Algorithm.ES256], allow_http=True))
    for alg in ("RS256", "RS512"):
        with pytest.raises((pinjwt.UnknownKeyError, pinjwt.AlgorithmError)):
            verifier.verify(jwt.encode({"exp": T0 + 60}, RSA, alg, {"kid": "s"}), now=T0)
    assert verifier.verify(jwt.encode({"exp": T0 + 60}, P256, "ES256", {"kid": "e"}), now=T0)
