"""Verify a token of 24 hours that an identity provider issued with another library.

Needs PyJWT for the provider's part: pip install "pyjwt[crypto]".
"""

from datetime import datetime, timedelta, timezone

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import pinjwt

# The provider: signs with its RSA key and publishes the public half.
provider_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
now = datetime.now(timezone.utc)
token = jwt.encode(
    {
        "iss": "https://idp.example",
        "aud": "shop",
        "sub": "alice",
        "iat": now,
        "exp": now + timedelta(hours=24),
    },
    provider_key,
    algorithm="RS256",
)
public_pem = provider_key.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)

# We: pin that key to RS256.
key = pinjwt.Key.from_pem(pinjwt.Algorithm.RS256, public_pem)
try:
    pinjwt.Verifier(pinjwt.Policy(issuer="https://idp.example", audience="shop"), key).verify(token)
except pinjwt.LifetimeError as error:
    print(f"refused:  {error.message}")
else:
    raise SystemExit("A token of 24 hours passed the usual two.")

# Two hours are the default; a provider that is known to issue longer ones gets a policy that says so.
policy = pinjwt.Policy(issuer="https://idp.example", audience="shop", max_lifetime=timedelta(hours=24))
claims = pinjwt.Verifier(policy, key).verify(token)
print(f"accepted: {claims.subject} of {claims.issuer}, until {claims.expires_at:%Y-%m-%d %H:%M} UTC")
