"""Servers whose disk is full: nothing that was acknowledged is lost, and all works once there is room."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from postgres_server import Server as Database
from preload import FullDisk
from redis_server import Server
from test_contention import House

import pinjwt


@dataclass
class Limited:
    url: str
    disk: FullDisk
    #: What the library says of it.
    sentence: str


@pytest.fixture(params=["redis", "postgres"])
def limited(request: pytest.FixtureRequest) -> Iterator[Limited]:
    if request.param == "redis":
        disk = FullDisk("appendonly")
        server: Server | Database = Server(environment=disk.environment)
        yield Limited(server.url, disk, "cannot write to its disk")
    else:
        disk = FullDisk("/base/")
        server = Database(environment=disk.environment)
        yield Limited(server.url, disk, "disk of the PostgreSQL server is full")
    server.stop()
    disk.remove()


def when_there_is_room(work: Callable[[], object]) -> None:
    """Redis tries its disk again within a second, as PostgreSQL does at once."""
    end = time.monotonic() + 30
    while True:
        try:
            work()
            return
        except pinjwt.StoreError:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_a_full_disk_loses_nothing_that_was_acknowledged(limited: Limited) -> None:
    house = House(limited.url)
    sessions = house.sessions
    held: dict[str, pinjwt.Grant] = {}

    def log_in(count: int) -> None:
        for _ in range(count):
            user = f"user {len(held)}"
            held[user] = sessions.login(user, device=pinjwt.Device(agent="a" * 256))

    log_in(1)
    limited.disk.fill()
    # What fits into pages that are there already is taken.
    with pytest.raises(pinjwt.StoreError, match=limited.sentence):
        log_in(10_000)
    limited.disk.make_room()
    when_there_is_room(lambda: sessions.login("last"))
    for user, grant in held.items():
        assert sessions.refresh(grant.refresh_token).sid == grant.sid
        assert len(sessions.list(user)) == 1
