"""Verify tokens with keys that somebody else publishes, while that somebody rotates them and goes down."""

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pinjwt
from pinjwt import Algorithm, JWKSClient, Key, KeySet, Policy, Signer, Verifier

policy = Policy(issuer="https://idp.example", audience="shop")

# The provider: publishes its keys. A real one is reached over https.
published = KeySet()
first = Key.generate(Algorithm.EDDSA)
published.add(first)
requests = 0


class Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        global requests
        requests += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(published.to_jwks().encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

# We: pin the provider's keys to EdDSA. The set is fetched when it is needed, and at most once a cooldown.
keys = JWKSClient(
    f"http://127.0.0.1:{server.server_port}/jwks",
    Algorithm.EDDSA,
    cooldown=1,  # seconds; 30 unless given
    allow_http=True,  # for this example only
)
verifier = Verifier(policy, keys)
for name in ("alice", "bob"):
    print("verified:", verifier.verify(Signer(policy, first).sign({"sub": name})).subject)
print("requests:", requests)

# The provider rotates: a kid that we do not know makes us look again.
second = Key.generate(Algorithm.EDDSA)
published.add(second)
time.sleep(1)
print("verified:", verifier.verify(Signer(policy, second).sign({"sub": "carol"})).subject)

# Forgers make up kids; that makes no storm of requests, only one a cooldown.
before, begun = requests, time.monotonic()
for number in range(1000):
    try:
        verifier.verify(Signer(policy, second.with_id(str(number))).sign({"sub": "mallory"}))
    except pinjwt.UnknownKeyError:
        continue
    raise SystemExit("A token of an unknown key was accepted.")
print("one request a second at most:", requests - before <= time.monotonic() - begun + 1)

# The provider is down: the last good set serves for a day, or what max_age says.
server.shutdown()
server.server_close()
print("verified:", verifier.verify(Signer(policy, first).sign({"sub": "dave"})).subject)
try:
    JWKSClient(f"http://127.0.0.1:{server.server_port}/jwks", Algorithm.EDDSA, allow_http=True).refresh()
except pinjwt.KeySourceError as error:  # for a server, this is a 503 and not a 401
    print("refused: ", error.message)
