"""Issue a token, verify it, and see one refused."""

from datetime import datetime, timedelta, timezone

import pinjwt

# A key serves one algorithm, whatever a token says.
key = pinjwt.Key.generate(pinjwt.Algorithm.EDDSA)
policy = pinjwt.Policy(issuer="https://login.example", audience="orders", lifetime=timedelta(minutes=5))

signer = pinjwt.Signer(policy, key)
token = signer.sign({"sub": "alice", "scope": "orders:read"})
print("issued:  ", token)

# Services verify with the public half.
verifier = pinjwt.Verifier(policy, key.public())
claims = verifier.verify(token)
print(f"verified: {claims.subject} with {claims['scope']}, until {claims.expires_at:%H:%M:%S} UTC")

# One character of the signature changed.
changed = token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]
for name, candidate, now in [
    ("changed", changed, None),
    ("old", token, datetime.now(timezone.utc) + timedelta(hours=1)),
]:
    try:
        verifier.verify(candidate, now=now)
    except pinjwt.TokenError as error:
        print(f"refused:  the {name} one: {error.status.name}: {error.message}")
    else:
        raise SystemExit(f"The {name} token was accepted.")
