"""Statuses and the exceptions that carry them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from . import _abi


class Status(IntEnum):
    """What a call of the library came to: the numbers of pinjwt_status in pinjwt.h."""

    OK = 0
    E_ARGUMENT = 1
    E_MEMORY = 2
    E_BUFFER = 3
    E_CRYPTO = 4
    E_UNSUPPORTED = 5
    E_IO = 6
    E_KEY_FORMAT = 10
    E_KEY_WEAK = 11
    E_KEY_MISMATCH = 12
    E_KEY_USE = 13
    E_KEY_UNKNOWN = 14
    E_KEY_DUPLICATE = 15
    E_KEY_SOURCE = 16
    E_KEY_PASSPHRASE = 17
    E_TOKEN_FORMAT = 20
    E_TOKEN_SIZE = 21
    E_HEADER = 22
    E_ALGORITHM = 23
    E_CRITICAL = 24
    E_TYPE = 25
    E_SIGNATURE = 30
    E_CLAIMS_FORMAT = 40
    E_CLAIM_MISSING = 41
    E_CLAIM_INVALID = 42
    E_EXPIRED = 43
    E_NOT_YET_VALID = 44
    E_LIFETIME = 45
    E_ISSUER = 46
    E_AUDIENCE = 47
    E_SUBJECT = 48
    E_SENSITIVE = 49
    E_REVOKED = 50
    E_REFRESH_INVALID = 51
    E_REFRESH_EXPIRED = 52
    E_REFRESH_REUSED = 53
    E_STORE = 60
    E_STORE_STATE = 61


class PinJWTError(Exception):
    """Any refusal of the library.

    `status` says what it is, `claim` the claim, header member or argument concerned (may be empty), and
    `message` in one sentence what is wrong and what to do. None of them holds a secret or a whole token.
    """

    def __init__(self, status: Status, claim: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.claim = claim
        self.message = message

    def __reduce__(self) -> tuple[type[PinJWTError], tuple[Status, str, str]]:
        return (type(self), (self.status, self.claim, self.message))


class ArgumentError(PinJWTError, ValueError):
    """An argument is out of its range."""


class LibraryMemoryError(PinJWTError, MemoryError):
    """Guarded memory or libcrypto's is exhausted."""


class BufferSizeError(PinJWTError):
    """A buffer was too small; the binding sizes its own, so this is a fault of it."""


class CryptoError(PinJWTError):
    """Libcrypto or libsodium could not do its work, or the callable of a `Key.external` did not sign.

    `__cause__` is the exception that the callable raised, if it raised one.
    """


class UnsupportedError(PinJWTError):
    """Libcrypto here lacks a curve or a cipher."""


class InputOutputError(PinJWTError):
    """A file or variable cannot be read or written, or a file with a key is open to others."""


class InvalidKeyError(PinJWTError):
    """A key was refused."""


class KeyFormatError(InvalidKeyError):
    """Cannot be parsed, or is not a valid key."""


class WeakKeyError(InvalidKeyError):
    """Too short, or a secret that can be guessed."""


class KeyMismatchError(InvalidKeyError):
    """This kind of key does not serve the algorithm."""


class KeyUseError(InvalidKeyError):
    """Public where private is needed, or forbidden by use or key_ops."""


class DuplicateKeyError(InvalidKeyError):
    """The set has a key with this id already."""


class PassphraseError(InvalidKeyError):
    """The passphrase is missing or wrong."""


class TokenError(PinJWTError):
    """A token was refused, or claims that were to be signed."""


class TokenFormatError(TokenError):
    """Not a compact JWS in strict base64url."""


class TokenSizeError(TokenError):
    """Longer than the policy allows."""


class HeaderError(TokenError):
    """The header is malformed."""


class AlgorithmError(TokenError):
    """The header's alg is not the key's."""


class CriticalError(TokenError):
    """The header requires an extension."""


class TokenTypeError(TokenError):
    """The header's typ is not the expected one."""


class SignatureError(TokenError):
    """Forged, changed or signed by another key."""


class UnknownKeyError(TokenError):
    """No key of the set has the token's kid, or there is none to remove by that id."""


class ClaimError(TokenError):
    """A claim does not satisfy the policy."""


class ClaimsFormatError(ClaimError):
    """The claims are not strict JSON."""


class MissingClaimError(ClaimError):
    """A claim that is needed is not there."""


class InvalidClaimError(ClaimError):
    """A claim has another type or value than it may."""


class ExpiredError(ClaimError):
    """The token has expired."""


class NotYetValidError(ClaimError):
    """Its nbf or iat lies ahead; or a key ring's next key may not sign yet."""


class LifetimeError(ClaimError):
    """It lives longer than the policy allows."""


class IssuerError(ClaimError):
    """It is another issuer's."""


class AudienceError(ClaimError):
    """It is for another audience."""


class SubjectError(ClaimError):
    """It is another subject's."""


class SensitiveError(ClaimError):
    """The claims that were to be signed carry a secret, which whoever holds the token could read."""


class RevokedError(TokenError):
    """The token, its session or its user's version has been revoked; or a one-shot token was used before."""


class SessionEndedError(TokenError):
    """`Sessions.refresh` refused for good: clear the cookie, answer 401 and let the user sign in again.

    Only refresh raises these, and for a token that is none, `Sessions.logout` and `cookie_set`.
    """


class RefreshInvalidError(SessionEndedError):
    """Not a refresh token of this issuer, or there is no such session, or it is another client's."""


class RefreshExpiredError(SessionEndedError):
    """The session was idle for too long, or has reached its end."""


class RefreshReusedError(SessionEndedError):
    """The refresh token was used before: somebody else may have it. Its session is revoked; tell the user."""


class SessionRevokedError(SessionEndedError, RevokedError):
    """The session has been revoked, or its user's version was raised."""


class SessionLostError(SessionEndedError):
    """The store was set back behind this session, which is revoked, or its row was altered."""


class UnknownSessionError(PinJWTError, LookupError):
    """`Sessions.revoke_session`: the user has no such session; it may be somebody else's. Answer 404."""


class UnavailableError(PinJWTError):
    """What is needed to judge the token does not answer, so it is refused; it may be a good one.

    No TokenError: a server answers 503, not 401, and leaves cookies alone.
    """


class StoreError(UnavailableError):
    """The store or the revocation check did not answer; the same call may be tried again.

    `__cause__` is the exception that the check, or a store written in Python, raised, if it raised one.
    """


class StoreStateError(UnavailableError):
    """The store cannot be opened as it is, by its schema, settings or access; trying again will not help."""


class KeySourceError(UnavailableError):
    """The remote key set could not be fetched, and there is none that is young enough.

    `__cause__` is what the fetcher raised, if it ran on this thread, for this call.
    """


_CLASSES: dict[Status, type[PinJWTError]] = {
    Status.E_ARGUMENT: ArgumentError,
    Status.E_MEMORY: LibraryMemoryError,
    Status.E_BUFFER: BufferSizeError,
    Status.E_CRYPTO: CryptoError,
    Status.E_UNSUPPORTED: UnsupportedError,
    Status.E_IO: InputOutputError,
    Status.E_KEY_FORMAT: KeyFormatError,
    Status.E_KEY_WEAK: WeakKeyError,
    Status.E_KEY_MISMATCH: KeyMismatchError,
    Status.E_KEY_USE: KeyUseError,
    Status.E_KEY_UNKNOWN: UnknownKeyError,
    Status.E_KEY_DUPLICATE: DuplicateKeyError,
    Status.E_KEY_SOURCE: KeySourceError,
    Status.E_KEY_PASSPHRASE: PassphraseError,
    Status.E_TOKEN_FORMAT: TokenFormatError,
    Status.E_TOKEN_SIZE: TokenSizeError,
    Status.E_HEADER: HeaderError,
    Status.E_ALGORITHM: AlgorithmError,
    Status.E_CRITICAL: CriticalError,
    Status.E_TYPE: TokenTypeError,
    Status.E_SIGNATURE: SignatureError,
    Status.E_CLAIMS_FORMAT: ClaimsFormatError,
    Status.E_CLAIM_MISSING: MissingClaimError,
    Status.E_CLAIM_INVALID: InvalidClaimError,
    Status.E_EXPIRED: ExpiredError,
    Status.E_NOT_YET_VALID: NotYetValidError,
    Status.E_LIFETIME: LifetimeError,
    Status.E_ISSUER: IssuerError,
    Status.E_AUDIENCE: AudienceError,
    Status.E_SUBJECT: SubjectError,
    Status.E_SENSITIVE: SensitiveError,
    Status.E_REVOKED: RevokedError,
    Status.E_REFRESH_INVALID: RefreshInvalidError,
    Status.E_REFRESH_EXPIRED: RefreshExpiredError,
    Status.E_REFRESH_REUSED: RefreshReusedError,
    Status.E_STORE: StoreError,
    Status.E_STORE_STATE: StoreStateError,
}


def from_library(error: _abi.Error) -> PinJWTError:
    """Return the exception for what the library filled in."""
    claim, message = error.what.decode("ascii"), error.message.decode("ascii")
    try:
        status = Status(error.status)
    except ValueError:  # a newer library: still a refusal, and still one that `except PinJWTError` catches
        name = _abi.status_name(error.status).decode("ascii")
        return PinJWTError(Status.E_UNSUPPORTED, claim, f"{message} ({name}, unknown to this package)")
    return _CLASSES[status](status, claim, message)


@contextmanager
def refined(classes: dict[Status, type[PinJWTError]]) -> Iterator[None]:
    """Raise refusals of these statuses as these classes, for they do not say the same everywhere."""
    try:
        yield
    except PinJWTError as error:
        kind = classes.get(error.status)
        if kind is None:
            raise
        raise kind(error.status, error.claim, error.message) from error.__cause__


def refusal(status: Status, claim: str, message: str) -> PinJWTError:
    """Return the exception for a refusal of the binding's own."""
    return _CLASSES[status](status, claim, message)


def argument(claim: str, message: str) -> ArgumentError:
    """Return the exception for an argument that the binding itself refuses."""
    return ArgumentError(Status.E_ARGUMENT, claim, message)
