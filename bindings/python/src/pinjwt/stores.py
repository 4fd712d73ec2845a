"""A store of your own: where sessions are kept, written in Python.

Derive from `Store` and give it to `Sessions`. Its methods are called by any number of threads at once, and in
a child process if the host forks. Each is one atomic step: what other calls see is all of it or nothing, and
once it has returned, it is durable. What is expected of each stands here and, for every case, in
pinjwt_sessions.h; Tests/stores holds the conformance suite.

Where a method did not do it, or the outcome is unknown, it raises: whoever called `Sessions` gets a
StoreError whose `__cause__` is the exception. Where trying again will not help, it can raise a
StoreStateError, whose sentence is kept.

Durations and times are whole milliseconds; take the time from one clock that all users of the store share.
`space` is 16 bytes that stand for the issuer: what has another space does not exist for the call. `tag` is 4
bytes that all sessions of a user have in common: the first 4 of each selector. A row is yours to lay out, but
each member has to come back as it was given. "Up to `limit`" with `more` says whether there may be others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from ._hooks import Reason


class RotationVerdict(IntEnum):
    """What a presented refresh token is; see `judge`."""

    ROTATED = 1
    REPLAYED = 2
    ROLLED_FORWARD = 3
    UNKNOWN = 4
    OTHER_CLIENT = 5
    REVOKED = 6
    EXPIRED = 7
    SUPERSEDED = 8
    REUSED = 9
    ROLLED_BACK = 10


class RevokeTarget(IntEnum):
    """Which sessions a revocation is about."""

    #: The one of the selector.
    SELECTOR = 1
    #: The one with the sid, if it is this user's.
    SID = 2
    #: All of the user's but the one with the sid, which may be empty.
    USER = 3


class FeedKind(IntEnum):
    """What an entry of the feed denies."""

    #: The token whose jti is the key.
    JTI = 1
    #: The tokens of the session whose sid is the key.
    SID = 2
    #: The tokens of the user who is the key, of versions below the value.
    USER = 3
    #: The tokens of sessions that began before the value; the key is empty.
    BEFORE = 4


@dataclass(frozen=True)
class SessionRow:
    """One session, kept under its space and selector. Its repr shows nothing to refresh or find it by."""

    selector: bytes = field(repr=False)
    sid: bytes
    user: bytes
    client: bytes
    claims: bytes = field(repr=False)
    device: bytes
    address: bytes
    agent: bytes
    #: The hashes of the current and the previous refresh token.
    current: bytes = field(repr=False)
    previous: bytes = field(repr=False)
    seal: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    jti: bytes
    #: How often it was rotated, up to 2**32.
    generation: int
    #: The user's version at login.
    version: int
    created: int
    rotated: int
    idle_end: int
    end: int
    #: When it was revoked; 0 where it was not.
    revoked: int
    reason: Reason


@dataclass(frozen=True)
class DenialTerms:
    """For the entries that an operation writes into the feed: kept until now + `keep`, with this mark."""

    keep: int
    mark: bytes


@dataclass(frozen=True)
class CreateRequest:
    """A login. `cap` is 0 for any number of sessions."""

    space: bytes
    tag: bytes
    row: SessionRow
    idle: int
    absolute: int
    cap: int
    denial: DenialTerms


@dataclass(frozen=True)
class Created:
    """The row as it was stored, and the sessions that were displaced, as they are now."""

    session: SessionRow
    displaced: Iterable[SessionRow] = ()


@dataclass(frozen=True)
class RotateRequest:
    """A refresh: the token presented, and its successor."""

    space: bytes
    selector: bytes = field(repr=False)
    generation: int
    hash: bytes = field(repr=False)
    client: bytes
    next: bytes = field(repr=False)
    seal: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    jti: bytes
    grace: int
    idle: int
    denial: DenialTerms


@dataclass(frozen=True)
class Rotated:
    """The verdict, the row as it is now (None where it is UNKNOWN), the jti it had before, and the time."""

    verdict: RotationVerdict
    session: SessionRow | None
    previous_jti: bytes
    now: int


@dataclass(frozen=True)
class RevokeRequest:
    """A revocation; `target` tells which of selector, user and sid count."""

    space: bytes
    tag: bytes
    target: RevokeTarget
    selector: bytes = field(repr=False)
    user: bytes
    sid: bytes
    reason: Reason
    limit: int
    denial: DenialTerms


@dataclass(frozen=True)
class Revoked:
    """The sessions that were revoked, as they are now.

    `found` is True if the selector or the sid is that of a session, whatever its state, and for a user.
    """

    sessions: Iterable[SessionRow]
    found: bool
    more: bool
    now: int


@dataclass(frozen=True)
class SweepRequest:
    """The revocation of all sessions that began before a time."""

    space: bytes
    before: int
    limit: int


@dataclass(frozen=True)
class Progress:
    """How many rows a sweep or a purge took, and whether there may be more."""

    count: int
    more: bool


@dataclass(frozen=True)
class BumpRequest:
    """A raise of a user's version."""

    space: bytes
    tag: bytes
    user: bytes
    denial: DenialTerms


@dataclass(frozen=True)
class DenyRequest:
    """An entry for the feed; `until` is when it may be removed, 0 for now + denial.keep."""

    space: bytes
    kind: FeedKind
    key: bytes
    value: int
    until: int
    denial: DenialTerms


@dataclass(frozen=True)
class ConsumeRequest:
    """A key of 32 bytes to be used up, and when it may be removed."""

    space: bytes
    key: bytes
    until: int


@dataclass(frozen=True)
class FeedPosition:
    """How far a reader has read: the feed's epoch, and the sequence and the mark of an entry."""

    epoch: bytes
    mark: bytes
    sequence: int


@dataclass(frozen=True)
class FeedEntry:
    """One denial. Those of a space are numbered from 1 on without gaps, in the order they can be seen in."""

    sequence: int
    kind: FeedKind
    key: bytes
    value: int
    until: int


@dataclass(frozen=True)
class FeedRequest:
    """A read of the feed behind a position; `epoch` is the one to be, if this read makes the feed."""

    space: bytes
    position: FeedPosition
    limit: int
    epoch: bytes


@dataclass(frozen=True)
class FeedPage:
    """Entries, and the position behind the last of them.

    Where there are none, the position is that of the last entry ever written: sequence 0 and no mark where
    there was none.
    """

    entries: Iterable[FeedEntry]
    position: FeedPosition
    more: bool
    now: int


@dataclass(frozen=True)
class ListRequest:
    """Whose sessions to list."""

    space: bytes
    tag: bytes
    user: bytes
    limit: int


@dataclass(frozen=True)
class PurgeRequest:
    """What to remove."""

    space: bytes
    retain: int
    grace: int
    limit: int


@dataclass(frozen=True)
class Counts:
    """Sessions neither revoked nor past an end, revoked ones, the others; entries of the feed; used keys."""

    live: int
    revoked: int
    expired: int
    denials: int
    consumed: int


class Store(ABC):
    """A store. It may serve several Sessions. No method may be a coroutine."""

    @abstractmethod
    def create(self, request: CreateRequest) -> Created:
        """Add a session.

        Complete the row: the user's version (0 where there is none); created = rotated = now; end = created +
        absolute; idle_end = created + idle, or `end` if that is earlier. Where `cap` is not 0 and the user's
        live sessions with this one are more: revoke the oldest (by created, then selector) for
        Reason.DISPLACED, and write the denials of their sids.

        Live is a session that is not revoked, before idle_end and end, and whose version is not below its
        user's. Exact if several log in at once: hold the user's row, or make one.
        """

    @abstractmethod
    def rotate(self, request: RotateRequest) -> Rotated:
        """Read and hold the row, and judge it: `judge` says what to write and to answer.

        Where a session is revoked by it (REUSED, ROLLED_BACK), write the denial of its sid as well.
        """

    @abstractmethod
    def revoke(self, request: RevokeRequest) -> Revoked:
        """Revoke up to `limit` of the target's sessions that are neither revoked nor past an end.

        revoked = now, the reason, seal and nonce empty; and before that, or together with it, the denials of
        their sids.
        """

    @abstractmethod
    def sweep(self, request: SweepRequest) -> Progress:
        """Revoke up to `limit` sessions that began before a time, for Reason.BEFORE; without denials."""

    @abstractmethod
    def bump(self, request: BumpRequest) -> int:
        """Add 1 to the user's version, from 0 on, write a denial (FeedKind.USER, the user, the new version).

        Returns that version, which is kept for as long as the user may have a session.
        """

    @abstractmethod
    def deny(self, request: DenyRequest) -> None:
        """Add one entry to the feed."""

    @abstractmethod
    def consume(self, request: ConsumeRequest) -> bool:
        """Add the key: True if it was not there before."""

    @abstractmethod
    def feed(self, request: FeedRequest) -> FeedPage:
        """Return the entries behind a position, in their order, up to `limit`.

        Read on behind the position only if you know it: the epoch is yours, and the entry with that sequence
        has that mark, or it was removed but is the last one written, which you remember with its mark. Else
        begin with the oldest entry. A number from a sequence outside of the transaction will not do: a later
        one can be seen before an earlier one, which its reader then never sees.
        """

    @abstractmethod
    def list(self, request: ListRequest) -> Iterable[SessionRow]:
        """Return the user's live sessions, the oldest first, up to `limit`."""

    @abstractmethod
    def purge(self, request: PurgeRequest) -> Progress:
        """Remove up to `limit` of what no answer needs any more.

        Sessions whose idle_end or end is `retain` ago; entries of the feed and used keys past their `until`;
        seal and nonce of sessions that were rotated more than `grace` ago, counted too.
        """

    @abstractmethod
    def statistics(self, space: bytes) -> Counts:
        """Count."""


def judge(
    request: RotateRequest, row: SessionRow | None, user_version: int, now: int
) -> tuple[Rotated, SessionRow | None]:
    """Judge a presented refresh token for `Store.rotate`.

    `row` is that of the selector, if there is one, `user_version` that of its user. Returns what to answer,
    and the row to write, if one is.
    """
    from ._host_store import judged

    return judged(request, row, user_version, now)
