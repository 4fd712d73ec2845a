"""ID tokens of an OpenID Provider: discovery, and the rules of OpenID Connect Core 1.0 section 3.1.3.7.

provider = oidc.Provider.discover("https://idp.example", client_id="shop")
claims = provider.verify_id_token(token, nonce=session["nonce"])
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from . import _call, _jwks
from ._algorithm import Algorithm, Algorithms
from ._call import Duration, Text, Time
from ._claims import Claims
from ._errors import ArgumentError, PinJWTError, Status, argument, refusal
from ._hooks import Fetch
from ._inspect import inspect_unverified
from ._jwks import JWKSClient
from ._keyset import KeySet
from ._policy import Policy
from ._verifier import Verifier

if TYPE_CHECKING:
    import ssl

__all__ = ["Provider"]

_MAX_CONFIGURATION = 1048576
_WELL_KNOWN = "/.well-known/openid-configuration"
#: As the library allows iat and nbf to lie ahead, at least.
_CLOCKS_DIFFER = 10


class Provider:
    """An OpenID Provider, and this client's place with it. Safe to share between threads.

    issuer            exactly as the provider writes it
    client_id         one of ours, which every token must name in aud
    keys              where the provider's keys are
    max_lifetime      of ID tokens; 24 hours
    leeway            for all times; none
    trusted_audiences others that may be in aud beside ours; a token with one that is not listed is refused
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        keys: JWKSClient | KeySet,
        *,
        max_lifetime: Duration = timedelta(hours=24),
        leeway: Duration = 0,
        trusted_audiences: Iterable[str] = (),
    ) -> None:
        if isinstance(trusted_audiences, str):
            raise TypeError("trusted_audiences must be several names, not one str")
        policy = Policy(
            issuer=issuer,
            audience=client_id,
            max_lifetime=max_lifetime,
            leeway=leeway,
            required_claims=("sub", "iat"),
        )
        self.issuer = issuer
        self.client_id = client_id
        self.keys = keys
        #: What discovery found: the provider's endpoints and so on.
        self.configuration: Mapping[str, Any] = {}
        self._audiences = frozenset((client_id, *trusted_audiences))
        self._leeway = _call.seconds(leeway, "leeway")
        self._verifier = Verifier(policy, keys)

    @classmethod
    def discover(
        cls,
        issuer: str,
        client_id: str,
        *,
        algorithms: Algorithms = Algorithm.RS256,
        max_lifetime: Duration = timedelta(hours=24),
        leeway: Duration = 0,
        trusted_audiences: Iterable[str] = (),
        lifetime: Duration | None = None,
        max_age: Duration | None = None,
        cooldown: Duration | None = None,
        allow_http: bool = False,
        timeout: float = 5.0,
        ssl_context: ssl.SSLContext | None = None,
        fetch: Fetch | None = None,
    ) -> Provider:
        """Fetch the provider's configuration (OpenID Connect Discovery 1.0 section 4), and find its keys.

        `algorithms` are what the client registered for ID tokens: RS256, unless it says otherwise. The last
        seven are those of a JWKSClient. A configuration that cannot be fetched or used is a KeySourceError.
        """
        _check_issuer(issuer, allow_http)
        get = _jwks.fetcher(allow_http, timeout, ssl_context) if fetch is None else fetch
        configuration = _configuration(issuer, get)
        address = configuration.get("jwks_uri")
        if not isinstance(address, str) or not address.isascii():
            raise _unusable("jwks_uri", "The provider's configuration has no jwks_uri that is a URL.")
        try:
            keys = JWKSClient(
                address,
                algorithms,
                lifetime=lifetime,
                max_age=max_age,
                cooldown=cooldown,
                allow_http=allow_http,
                fetch=get,
            )
        except ArgumentError as error:
            if error.claim != "url":
                raise
            raise _unusable("jwks_uri", f"The provider's jwks_uri is refused: {error.message}") from error
        provider = cls(
            issuer,
            client_id,
            keys,
            max_lifetime=max_lifetime,
            leeway=leeway,
            trusted_audiences=trusted_audiences,
        )
        provider.configuration = configuration
        return provider

    def verify_id_token(
        self,
        token: Text,
        *,
        nonce: str | None,
        access_token: str | None = None,
        max_age: Duration | None = None,
        now: Time | None = None,
    ) -> Claims:
        """Return the claims of an ID token that holds, or raise a TokenError that says why it does not.

        nonce         what was sent with the request and kept in the session; None only if none was sent
        access_token  what came with the token; then at_hash must be there and fit
        max_age       what was sent with the request; then auth_time must be there and not be older
        """
        if nonce is not None and not _call.text(nonce, "nonce"):
            raise argument("nonce", "The nonce is empty: any token would have it.")
        if max_age is not None and _call.seconds(max_age, "max_age") < 0:
            raise argument("max_age", "The max_age is negative.")
        claims = self._verifier.verify(token, now=now)
        self._check_audiences(claims)
        _check_nonce(claims, nonce)
        if access_token is not None:
            _check_hash(claims, token, access_token)
        if max_age is not None:
            self._check_authentication(claims, _call.seconds(max_age, "max_age"), now)
        return claims

    def _check_audiences(self, claims: Claims) -> None:
        """Rules 3 to 5: aud names us, nobody whom we do not trust, and azp is us."""
        for audience in claims.audience:
            if audience not in self._audiences:
                raise refusal(
                    Status.E_AUDIENCE, "aud", "The ID token is also for an audience that is not trusted."
                )
        party = claims.get("azp")
        if party is None and len(claims.audience) > 1:
            raise refusal(Status.E_CLAIM_MISSING, "azp", "An ID token for several audiences needs azp.")
        if party is not None and party != self.client_id:
            raise refusal(Status.E_CLAIM_INVALID, "azp", "The ID token was issued to another client (azp).")

    def _check_authentication(self, claims: Claims, max_age: int, now: Time | None) -> None:
        """Rule 13: the user was authenticated no longer ago than the request allowed."""
        when = claims.get("auth_time")
        if when is None:
            raise refusal(
                Status.E_CLAIM_MISSING, "auth_time", "The request had max_age; auth_time is absent."
            )
        if isinstance(when, bool) or not isinstance(when, (int, float)) or when < 0:
            raise refusal(Status.E_CLAIM_INVALID, "auth_time", "The claim auth_time is not a time.")
        current = time.time() if now is None else _call.time(now)
        if when > current + max(self._leeway, _CLOCKS_DIFFER):
            raise refusal(Status.E_NOT_YET_VALID, "auth_time", "The claim auth_time lies in the future.")
        if current > when + max_age + self._leeway:
            raise refusal(
                Status.E_EXPIRED, "auth_time", "The user was authenticated longer ago than max_age allows."
            )


def _check_issuer(issuer: str, allow_http: bool) -> None:
    """Discovery section 3: a URL of scheme https without query and fragment."""
    _call.text(issuer, "issuer")
    schemes = ("https://", "http://") if allow_http else ("https://",)
    if not issuer.startswith(schemes) or "?" in issuer or "#" in issuer:
        raise argument("issuer", "The issuer must be an https URL without query and fragment.")


def _configuration(issuer: str, fetch: Fetch) -> dict[str, Any]:
    """Fetch the configuration, and make sure that it is that issuer's."""
    base = issuer[:-1] if issuer.endswith("/") else issuer
    try:
        document = _call.data(fetch(base + _WELL_KNOWN, _MAX_CONFIGURATION), "the document")
    except Exception as error:
        raise _unusable("issuer", "The provider's configuration could not be fetched.") from error
    try:
        configuration = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise _unusable("issuer", "The provider's configuration is not JSON.") from error
    if not isinstance(configuration, dict):
        raise _unusable("issuer", "The provider's configuration is not a JSON object.")
    if configuration.get("issuer") != issuer:
        raise _unusable("issuer", "The configuration is that of another issuer; it must be exactly the same.")
    return configuration


def _unusable(claim: str, message: str) -> PinJWTError:
    return refusal(Status.E_KEY_SOURCE, claim, message)


def _check_nonce(claims: Claims, nonce: str | None) -> None:
    """Rule 11: the token answers the request that this session made."""
    found = claims.get("nonce")
    if nonce is None:
        if found is not None:
            raise refusal(Status.E_CLAIM_INVALID, "nonce", "The ID token answers another request (nonce).")
        return
    if found is None:
        raise refusal(Status.E_CLAIM_MISSING, "nonce", "The request had a nonce; the ID token has none.")
    if not isinstance(found, str) or not _same(found, nonce):
        raise refusal(Status.E_CLAIM_INVALID, "nonce", "The ID token answers another request (nonce).")


def _check_hash(claims: Claims, token: Text, access_token: str) -> None:
    """Section 3.1.3.8: the access token is the one that the provider issued with the ID token."""
    found = claims.get("at_hash")
    if found is None:
        raise refusal(Status.E_CLAIM_MISSING, "at_hash", "The ID token has no at_hash for the access token.")
    looked_at = inspect_unverified(token)  # its signature has been judged, and the header is under it
    text = access_token.encode("utf-8", "surrogatepass")
    digest = _digest(looked_at["header"]["alg"], looked_at["signature_bytes"], text)
    expected = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode("ascii")
    if not isinstance(found, str) or not _same(found, expected):
        raise refusal(Status.E_CLAIM_INVALID, "at_hash", "The access token is not the one of the ID token.")


def _digest(algorithm: str, signature_bytes: int, text: bytes) -> bytes:
    """Hash with the algorithm's hash: "EdDSA" may be Ed25519 or Ed448, whose signatures have 114 bytes."""
    if algorithm in ("EdDSA", "Ed25519", "Ed448"):
        return (
            hashlib.shake_256(text).digest(114) if signature_bytes == 114 else hashlib.sha512(text).digest()
        )
    return hashlib.new("sha" + algorithm.rstrip("K")[-3:], text).digest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
