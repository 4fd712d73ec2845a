"""A store written in Python: everything in dictionaries, one lock around each operation."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from pinjwt import Reason
from pinjwt.stores import (
    BumpRequest,
    ConsumeRequest,
    Counts,
    Created,
    CreateRequest,
    DenialTerms,
    DenyRequest,
    FeedEntry,
    FeedKind,
    FeedPage,
    FeedPosition,
    FeedRequest,
    ListRequest,
    Progress,
    PurgeRequest,
    Revoked,
    RevokeRequest,
    RevokeTarget,
    Rotated,
    RotateRequest,
    RotationVerdict,
    SessionRow,
    Store,
    SweepRequest,
    judge,
)


@dataclass
class Space:
    """What is kept of one issuer."""

    rows: dict[bytes, SessionRow] = field(default_factory=dict)
    versions: dict[bytes, int] = field(default_factory=dict)
    consumed: dict[bytes, int] = field(default_factory=dict)
    feed: list[tuple[FeedEntry, bytes]] = field(default_factory=list)
    epoch: bytes = b""
    #: Of the last entry ever written, which may have been removed.
    last: tuple[int, bytes] = (0, b"")

    def write(self, row: SessionRow) -> SessionRow:
        self.rows[row.selector] = row
        return row

    def deny(self, kind: FeedKind, key: bytes, value: int, until: int, mark: bytes) -> None:
        self.last = (self.last[0] + 1, mark)
        self.feed.append((FeedEntry(self.last[0], kind, key, value, until), mark))

    def revoke(self, row: SessionRow, reason: Reason, terms: DenialTerms, now: int) -> SessionRow:
        self.deny(FeedKind.SID, row.sid, 0, now + terms.keep, terms.mark)
        return self.write(replace(row, revoked=now, reason=reason, seal=b"", nonce=b""))

    def of_user(self, user: bytes) -> list[SessionRow]:
        return sorted(
            (row for row in self.rows.values() if row.user == user),
            key=lambda row: (row.created, row.selector),
        )

    def live(self, user: bytes, now: int) -> list[SessionRow]:
        version = self.versions.get(user, 0)
        return [row for row in self.of_user(user) if is_open(row, now) and row.version >= version]

    def knows(self, position: FeedPosition) -> bool:
        if position.epoch != self.epoch:
            return False
        if position.sequence == self.last[0]:
            return position.mark == self.last[1]
        return any(e.sequence == position.sequence and mark == position.mark for e, mark in self.feed)


def is_open(row: SessionRow, now: int) -> bool:
    return not row.revoked and now < row.idle_end and now < row.end


class DictStore(Store):
    """Sessions in dictionaries."""

    def __init__(self) -> None:
        #: How far its clock is ahead of the system's, in milliseconds.
        self.ahead = 0
        self._lock = threading.Lock()
        self._spaces: dict[bytes, Space] = {}

    def copy(self) -> dict[bytes, Space]:
        """Return a copy of all that it holds, for `restore`."""
        with self._lock:
            return copy.deepcopy(self._spaces)

    def restore(self, spaces: dict[bytes, Space]) -> None:
        """Set the store back."""
        with self._lock:
            self._spaces = copy.deepcopy(spaces)

    @contextmanager
    def _step(self, space: bytes) -> Iterator[tuple[Space, int]]:
        with self._lock:
            yield self._spaces.setdefault(space, Space()), time.time_ns() // 1_000_000 + self.ahead

    def create(self, request: CreateRequest) -> Created:
        with self._step(request.space) as (space, now):
            user = request.row.user
            live = space.live(user, now) if request.cap else []
            displaced = [
                space.revoke(row, Reason.DISPLACED, request.denial, now)
                for row in live[: max(0, len(live) + 1 - request.cap)]
            ]
            row = replace(
                request.row,
                version=space.versions.get(user, 0),
                created=now,
                rotated=now,
                end=now + request.absolute,
                idle_end=now + min(request.idle, request.absolute),
            )
            return Created(space.write(row), displaced)

    def rotate(self, request: RotateRequest) -> Rotated:
        with self._step(request.space) as (space, now):
            row = space.rows.get(request.selector)
            version = space.versions.get(row.user, 0) if row else 0
            answer, changed = judge(request, row, version, now)
            if changed:
                space.write(changed)
            if changed and answer.verdict in (RotationVerdict.REUSED, RotationVerdict.ROLLED_BACK):
                space.deny(FeedKind.SID, changed.sid, 0, now + request.denial.keep, request.denial.mark)
            return answer

    def revoke(self, request: RevokeRequest) -> Revoked:
        with self._step(request.space) as (space, now):
            if request.target is RevokeTarget.SELECTOR:
                named = [row for row in space.rows.values() if row.selector == request.selector]
            elif request.target is RevokeTarget.SID:
                named = [row for row in space.of_user(request.user) if row.sid == request.sid]
            else:
                named = [row for row in space.of_user(request.user) if row.sid != request.sid]
            running = [row for row in named if is_open(row, now)]
            revoked = [
                space.revoke(row, request.reason, request.denial, now) for row in running[: request.limit]
            ]
            found = bool(named) or request.target is RevokeTarget.USER
            return Revoked(revoked, found, len(running) > request.limit, now)

    def sweep(self, request: SweepRequest) -> Progress:
        with self._step(request.space) as (space, now):
            named = [row for row in space.rows.values() if row.created < request.before and not row.revoked]
            for row in named[: request.limit]:
                space.write(replace(row, revoked=now, reason=Reason.BEFORE, seal=b"", nonce=b""))
            return Progress(min(len(named), request.limit), len(named) > request.limit)

    def bump(self, request: BumpRequest) -> int:
        with self._step(request.space) as (space, now):
            version = space.versions.get(request.user, 0) + 1
            space.versions[request.user] = version
            space.deny(FeedKind.USER, request.user, version, now + request.denial.keep, request.denial.mark)
            return version

    def deny(self, request: DenyRequest) -> None:
        with self._step(request.space) as (space, now):
            until = request.until or now + request.denial.keep
            space.deny(request.kind, request.key, request.value, until, request.denial.mark)

    def consume(self, request: ConsumeRequest) -> bool:
        with self._step(request.space) as (space, _):
            first = request.key not in space.consumed
            space.consumed.setdefault(request.key, request.until)
            return first

    def feed(self, request: FeedRequest) -> FeedPage:
        with self._step(request.space) as (space, now):
            space.epoch = space.epoch or request.epoch
            after = request.position.sequence if space.knows(request.position) else 0
            behind = [both for both in space.feed if both[0].sequence > after]
            page, more = behind[: request.limit], len(behind) > request.limit
            sequence, mark = (page[-1][0].sequence, page[-1][1]) if more else space.last
            return FeedPage([e for e, _ in page], FeedPosition(space.epoch, mark, sequence), more, now)

    def list(self, request: ListRequest) -> list[SessionRow]:
        with self._step(request.space) as (space, now):
            return space.live(request.user, now)[: request.limit]

    def purge(self, request: PurgeRequest) -> Progress:
        with self._step(request.space) as (space, now):
            left = request.limit
            for row in [*space.rows.values()]:
                if left and min(row.idle_end, row.end) + request.retain <= now:
                    del space.rows[row.selector]
                    left -= 1
                elif left and row.seal and row.rotated + request.grace < now:
                    space.write(replace(row, seal=b"", nonce=b""))
                    left -= 1
            past = [both for both in space.feed if both[0].until <= now][:left]
            space.feed = [both for both in space.feed if both not in past]
            left -= len(past)
            for key in [key for key, until in space.consumed.items() if until <= now][:left]:
                del space.consumed[key]
                left -= 1
            return Progress(request.limit - left, left == 0)

    def statistics(self, space: bytes) -> Counts:
        with self._step(space) as (kept, now):
            rows = kept.rows.values()
            live = sum(is_open(row, now) for row in rows)
            revoked = sum(bool(row.revoked) for row in rows)
            return Counts(live, revoked, len(rows) - live - revoked, len(kept.feed), len(kept.consumed))
