"""The algorithm is the key's, never the token's: attacks 1 to 5 and 7."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization
from pinjwt_abi import EC_ALGS, EDWARDS_ALGS, HMAC_ALGS, RSA_ALGS, Alg, Key, Policy, Verifier, jws_verify
from pinjwt_forge import (
    CLAIMS,
    NOW,
    PrivateKey,
    b64url,
    hmac_with,
    honest,
    pem,
    pinned,
    private_key,
    private_pem,
    public_pem,
    rsa_jwk,
    rsa_numbers,
    rsa_public_der,
    secret_for,
    signing,
    stream,
    token,
    verifier,
)

ASYMMETRIC = (Alg.RS256, Alg.PS256, Alg.ES256, Alg.ES384, Alg.ES512, Alg.ES256K, Alg.ED25519, Alg.ED448)


@pytest.mark.parametrize("alg", Alg, ids=lambda alg: alg.name)
def test_honest_token_is_accepted(alg: Alg) -> None:
    """The control of this file."""
    assert json.loads(verifier(alg).verify(honest(alg), NOW).value()) == CLAIMS


# ---- 1: no algorithm


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", "null", "none\0", " none"])
@pytest.mark.parametrize("alg", Alg, ids=lambda alg: alg.name)
def test_1_alg_none(alg: Alg, name: str) -> None:
    signature = honest(alg).rpartition(".")[2]
    unsigned = token({"alg": name, "typ": "JWT"}, CLAIMS, lambda _: b"")
    assert unsigned.endswith(".")
    for forged in (unsigned, unsigned + signature, token({"alg": name}, CLAIMS, signing(alg))):
        assert verifier(alg).verify(forged, NOW).status == "E_ALGORITHM"


@pytest.mark.parametrize(
    "header", ["{}", '{"typ":"JWT"}', '{"ALG":"HS256"}', '{"alg ":"HS256"}', '{"":"HS256"}']
)
def test_1_alg_absent(header: str) -> None:
    signature = honest(Alg.HS256).rpartition(".")[2]
    unsigned = token(header, CLAIMS, lambda _: b"")
    for forged in (unsigned, unsigned + signature, token(header, CLAIMS, signing(Alg.HS256))):
        assert verifier(Alg.HS256).verify(forged, NOW).status == "E_HEADER"


@pytest.mark.parametrize("value", ["null", "0", "true", '["HS256"]', '{"HS256":1}', "256"])
def test_1_alg_is_not_a_string(value: str) -> None:
    forged = token(f'{{"alg":{value}}}', CLAIMS, signing(Alg.HS256))
    assert verifier(Alg.HS256).verify(forged, NOW)[:2] == ("E_HEADER", "alg")


NEARLY = ["hs256", "Hs256", "HS256 ", " HS256", "HS-256", "HS256\0", "HS2566", "HS25", "S256"]


@pytest.mark.parametrize("name", NEARLY)
def test_1_alg_is_nearly_the_pinned_one(name: str) -> None:
    forged = token({"alg": name}, CLAIMS, signing(Alg.HS256))
    assert verifier(Alg.HS256).verify(forged, NOW)[:2] == ("E_ALGORITHM", "alg")


# ---- 2: another algorithm than the pin


@pytest.mark.parametrize("pin", Alg, ids=lambda alg: alg.name)
def test_2_signature_is_valid_under_another_alg(pin: Alg) -> None:
    """RSA keys are one key for all six RSA names, and so are Edwards keys for two: the name alone decides."""
    for header_alg in Alg:
        status = verifier(pin).verify(honest(header_alg), NOW).status
        assert status == ("OK" if pin is header_alg else "E_ALGORITHM")


@pytest.mark.parametrize("pin", HMAC_ALGS, ids=lambda alg: alg.name)
def test_2_same_secret_under_another_hash(pin: Alg) -> None:
    key = Key.from_secret(pin, secret_for(Alg.HS512)).value()
    verifying = Verifier.new(Policy.new(), key).value()
    for header_alg in HMAC_ALGS:
        forged = token({"alg": header_alg.jose}, CLAIMS, hmac_with(secret_for(Alg.HS512), header_alg))
        assert verifying.verify(forged, NOW).status == ("OK" if pin is header_alg else "E_ALGORITHM")


@pytest.mark.parametrize("pin", Alg, ids=lambda alg: alg.name)
def test_2_pinned_name_over_a_signature_of_another_alg(pin: Alg) -> None:
    for other in Alg:
        accepted = verifier(pin).verify(token({"alg": pin.jose}, CLAIMS, signing(other)), NOW)
        # "EdDSA" and "Ed25519" name the same signature by the same key here.
        same = other is pin or {other, pin} == {Alg.EDDSA, Alg.ED25519}
        assert accepted.status == ("OK" if same else "E_SIGNATURE")


@pytest.mark.parametrize("pin", Alg, ids=lambda alg: alg.name)
def test_2_jws_is_pinned_too(pin: Alg) -> None:
    for header_alg in Alg:
        webhook = token({"alg": header_alg.jose}, b"payload", signing(header_alg))
        outcome = jws_verify(pinned(pin), None, webhook)
        assert outcome.status == ("OK" if pin is header_alg else "E_ALGORITHM")


# ---- 3: the signature is left out


@pytest.mark.parametrize("alg", Alg, ids=lambda alg: alg.name)
def test_3_signature_is_empty(alg: Alg) -> None:
    genuine = honest(alg)
    forged = genuine[: genuine.rindex(".") + 1]
    assert verifier(alg).verify(forged, NOW)[:2] == ("E_TOKEN_FORMAT", "signature")
    assert verifier(alg).verify(genuine, NOW).status == "OK"


# ---- 4 and 5: a public key as the secret


def disguises(text: str) -> dict[str, bytes]:
    """The ways in which a PEM gets into a program."""
    return {
        "as it is": text.encode(),
        "CRLF": text.replace("\n", "\r\n").encode(),
        "CR": text.replace("\n", "\r").encode(),
        "leading blanks": b" \t " + text.encode(),
        "leading newline": b"\n\r\n" + text.encode(),
        "trailing blanks": text.encode() + b"  \n\n",
        "without the last newline": text.rstrip("\n").encode(),
        "escaped newlines": text.replace("\n", "\\n").encode(),
        "one line": text.replace("\n", "").encode(),
        "indented": text.replace("\n", "\n    ").encode(),
        "quoted": b'"' + text.encode() + b'"',
        "UTF-8 with BOM": b"\xef\xbb\xbf" + text.encode(),
        "NUL behind it": text.encode() + b"\0",
        "text before it": b"Key of example.com:\n" + text.encode(),
    }


DISGUISES = list(disguises(""))


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("pin", ASYMMETRIC, ids=lambda alg: alg.name)
def test_4_public_pem_signs_as_hmac_secret(pin: Alg, disguise: str) -> None:
    known = disguises(public_pem(private_key(pin)))[disguise]
    for header_alg in HMAC_ALGS:
        forged = token({"alg": header_alg.jose}, CLAIMS, hmac_with(known, header_alg))
        assert verifier(pin).verify(forged, NOW).status == "E_ALGORITHM"
    # Under the pinned name it is just a bad signature.
    forged = token({"alg": pin.jose}, CLAIMS, hmac_with(known))
    assert verifier(pin).verify(forged, NOW).status == "E_SIGNATURE"


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("kind", ASYMMETRIC, ids=lambda alg: alg.name)
def test_4_pem_is_no_hmac_secret(kind: Alg, disguise: str) -> None:
    for text in (public_pem(private_key(kind)), private_pem(private_key(kind))):
        secret = disguises(text)[disguise]
        assert Key.from_secret(Alg.HS256, secret).status == "E_KEY_FORMAT"
        jwk = json.dumps({"kty": "oct", "k": b64url(secret)})
        assert Key.from_jwk(Alg.HS256, jwk).status == "E_KEY_FORMAT"


def public_texts(key: PrivateKey) -> dict[str, bytes]:
    """What is known of a key to everybody, in other forms than PEM."""
    encoding, form = serialization.Encoding, serialization.PublicFormat
    spki = key.public_key().public_bytes(encoding.DER, form.SubjectPublicKeyInfo)
    lines = "\n".join(public_pem(key).splitlines()[1:-1])
    body = lines.replace("\n", "")
    return {
        "DER": spki,
        "base64 of DER": body.encode(),
        "base64 of DER, newline behind it": body.encode() + b"\n",
        "base64 of DER in lines": lines.encode(),
        "base64 of DER in lines with CRLF": lines.replace("\n", "\r\n").encode(),
        "base64url of DER": b64url(spki).encode(),
    }


def ssh_texts(key: PrivateKey) -> dict[str, bytes]:
    encoding, form = serialization.Encoding, serialization.PublicFormat
    line = key.public_key().public_bytes(encoding.OpenSSH, form.OpenSSH)
    no_encryption = serialization.NoEncryption()
    private = key.private_bytes(encoding.PEM, serialization.PrivateFormat.OpenSSH, no_encryption)
    return {
        "line": line,
        "line with comment": line + b" alice@example.com\n",
        "line with blanks": b"  " + line + b"\r\n",
        "base64 alone": line.split()[1],
        "private file": private,
    }


@pytest.mark.parametrize("form", public_texts(private_key(Alg.ED25519)))
@pytest.mark.parametrize("kind", ASYMMETRIC, ids=lambda alg: alg.name)
def test_5_public_der_is_no_hmac_secret(kind: Alg, form: str) -> None:
    secret = public_texts(private_key(kind))[form]
    assert Key.from_secret(Alg.HS256, secret).status == "E_KEY_FORMAT"
    for header_alg in HMAC_ALGS:
        forged = token({"alg": header_alg.jose}, CLAIMS, hmac_with(secret, header_alg))
        assert verifier(kind).verify(forged, NOW).status == "E_ALGORITHM"


SSH_KINDS = [Alg.RS256, Alg.ES256, Alg.ES384, Alg.ES512, Alg.ED25519]


@pytest.mark.parametrize("form", ssh_texts(private_key(Alg.ED25519)))
@pytest.mark.parametrize("kind", SSH_KINDS, ids=lambda alg: alg.name)
def test_5_openssh_key_is_no_hmac_secret(kind: Alg, form: str) -> None:
    secret = ssh_texts(private_key(kind))[form]
    assert Key.from_secret(Alg.HS256, secret).status == "E_KEY_FORMAT"


def test_5_rsa_modulus_is_no_hmac_secret() -> None:
    modulus = rsa_numbers().n.to_bytes(256, "big")
    pkcs1 = rsa_public_der(rsa_numbers().n, 65537)
    for secret in (modulus, b"\0" + modulus, modulus.hex().encode(), b64url(modulus).encode(), pkcs1):
        assert Key.from_secret(Alg.HS256, secret).status == "E_KEY_FORMAT"
    assert Key.from_secret(Alg.HS256, pem("RSA PUBLIC KEY", pkcs1).encode()).status == "E_KEY_FORMAT"


def test_5_certificate_is_no_hmac_secret(certificate_der: bytes) -> None:
    in_base64 = base64.b64encode(certificate_der)
    text = pem("CERTIFICATE", certificate_der).encode()
    for secret in (certificate_der, in_base64, text, text.replace(b"\n", b"\r\n"), b"\n" + text + b" "):
        assert Key.from_secret(Alg.HS256, secret).status == "E_KEY_FORMAT"


@pytest.mark.parametrize("blank", ["", " ", "\n\t"])
@pytest.mark.parametrize("kind", ["OKP", "EC", "RSA", "oct"])
def test_5_jwk_text_is_no_hmac_secret(kind: str, blank: str) -> None:
    jwks = {
        "OKP": {"kty": "OKP", "crv": "Ed25519", "x": b64url(stream("x", 32))},
        "EC": {"kty": "EC", "crv": "P-256", "x": b64url(stream("x", 32)), "y": b64url(stream("y", 32))},
        "RSA": rsa_jwk({"n": rsa_numbers().n, "e": 65537}),
        "oct": {"k": b64url(stream("k", 32)), "kty": "oct"},
    }
    for value in (jwks[kind], {"keys": [jwks[kind]]}):
        for spacing in ((",", ":"), (", ", " : ")):
            secret = blank + json.dumps(value, separators=spacing) + blank
            assert Key.from_secret(Alg.HS256, secret.encode()).status == "E_KEY_FORMAT"


@pytest.mark.parametrize("length", [32, 33, 44, 64, 86, 113, 128, 178, 200, 255])
def test_5_random_secret_of_such_a_length_is_accepted(length: int) -> None:
    """The control of 4 and 5: bytes, hexadecimal, base64, JSON-like and PEM-like texts that are no keys."""
    raw = stream("control", length)
    texts = [raw, raw.hex().encode()[:length], base64.b64encode(raw)[:length], b64url(raw).encode()[:length]]
    texts += [b"{" + raw.hex().encode()[: length - 1], b"MII" + base64.b64encode(raw)[: length - 3]]
    for secret in texts:
        key = Key.from_secret(Alg.HS256, secret).value()
        genuine = token({"alg": "HS256"}, CLAIMS, hmac_with(secret))
        assert Verifier.new(Policy.new(), key).value().verify(genuine, NOW).status == "OK"


# ---- 7: a key of one kind under the pin of another


@pytest.mark.parametrize("pin", HMAC_ALGS, ids=lambda alg: alg.name)
@pytest.mark.parametrize("extra", [{}, {"k": ""}, {"k": b64url(bytes(64))}], ids=["no k", "empty k", "k"])
def test_7_rsa_jwk_under_an_hmac_pin(pin: Alg, extra: dict[str, str]) -> None:
    for members in ({"n": rsa_numbers().n, "e": 65537}, rsa_numbers().members()):
        jwk = json.dumps({**rsa_jwk(members), **extra})
        assert Key.from_jwk(pin, jwk).status == "E_KEY_MISMATCH"
        assert Key.from_jwk(Alg.RS256, jwk).status == "OK"


@pytest.mark.parametrize("pin", Alg, ids=lambda alg: alg.name)
def test_7_key_of_another_kind(pin: Alg) -> None:
    """Every kind of key under every pin, in every form that it has."""
    secret = json.dumps({"kty": "oct", "k": b64url(secret_for(Alg.HS512))})
    assert Key.from_jwk(pin, secret).status == ("OK" if pin in HMAC_ALGS else "E_KEY_MISMATCH")
    assert Key.from_secret(pin, secret_for(Alg.HS512)).status == (
        "OK" if pin in HMAC_ALGS else "E_KEY_MISMATCH"
    )
    for kind in ASYMMETRIC:
        key = private_key(kind)
        fits = (
            (kind in RSA_ALGS and pin in RSA_ALGS)
            or (kind in EC_ALGS and pin is kind)
            or (kind in EDWARDS_ALGS and pin in (kind, Alg.EDDSA))
        )
        expected = "OK" if fits else "E_KEY_MISMATCH"
        der, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        assert Key.from_pem(pin, public_pem(key)).status == expected
        assert Key.from_pem(pin, private_pem(key)).status == expected
        assert Key.from_der(pin, key.public_key().public_bytes(der, form)).status == expected
        # The alg of a JWK that pinjwt writes would decide first.
        jwk = json.loads(Key.from_pem(kind, private_pem(key)).value().to_jwk(1).value())
        del jwk["alg"]
        assert Key.from_jwk(pin, json.dumps(jwk)).status == expected


@pytest.mark.parametrize("pin", Alg, ids=lambda alg: alg.name)
def test_7_alg_of_a_jwk_is_respected(pin: Alg) -> None:
    secret = {"kty": "oct", "k": b64url(secret_for(Alg.HS512))}
    kinds = dict.fromkeys(HMAC_ALGS, secret)
    kinds |= {alg: rsa_jwk({"n": rsa_numbers().n, "e": 65537}) for alg in RSA_ALGS}
    jwk = kinds.get(pin) or json.loads(pinned(pin).to_jwk(1).value())
    for other in Alg:
        named = json.dumps({**jwk, "alg": other.jose})
        assert Key.from_jwk(pin, named).status == ("OK" if other is pin else "E_KEY_MISMATCH")
    for value in ("null", "1", '"hs256"', '""', "[]"):
        text = json.dumps({**jwk, "alg": "@"}).replace('"@"', value)
        assert Key.from_jwk(pin, text).status == "E_KEY_MISMATCH"
