"""What the tests share."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

pytest.register_assert_rewrite("pinjwt_abi", "pinjwt_forge")

from pinjwt_abi import Alg  # noqa: E402
from pinjwt_forge import private_key  # noqa: E402


@pytest.fixture(scope="session")
def certificate_der() -> bytes:
    """A self-signed X.509 certificate of a P-256 key, short enough to pass for a secret by its length."""
    key = private_key(Alg.ES256)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    end = start + datetime.timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, start, end)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
