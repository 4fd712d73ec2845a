"""Rows live by their store's time: what happens where the server's clock is set and the host's is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from postgres_server import Server as Database
from preload import MovedClock
from redis_server import Server
from test_contention import House

import pinjwt

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def clock() -> Iterator[MovedClock]:
    made = MovedClock()
    yield made
    made.remove()


@pytest.fixture(scope="module", params=[Server, Database], ids=["redis", "postgres"])
def url(request: pytest.FixtureRequest, clock: MovedClock) -> Iterator[str]:
    started = request.param(environment=clock.environment)
    yield started.url
    started.stop()


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["ahead", "back"])
def test_the_servers_clock_is_set(url: str, clock: MovedClock, by: timedelta) -> None:
    clock.move(timedelta())
    house = House(url)
    lasting = house.sessions.login("alice")
    stolen = house.sessions.login("bob")
    rotated = house.sessions.refresh(stolen.refresh_token)
    signed_out = house.sessions.login("carol")
    house.sessions.logout(signed_out.refresh_token)
    clock.move(by)
    # Sessions last for days, so none ends, and each still has one successor.
    grant = house.sessions.refresh(lasting.refresh_token)
    assert house.sessions.refresh(lasting.refresh_token).refresh_token == grant.refresh_token
    # What has been revoked stays revoked, for a reader that comes now too.
    with pytest.raises(pinjwt.RevokedError):
        house.sessions.refresh(signed_out.refresh_token)
    for reader in (house.sessions, house.another()):
        with pytest.raises(pinjwt.RevokedError):
            house.verifier(reader).verify(signed_out.access_token)
    # The grace is over where the clock has gone ahead, and no longer a grace where it has gone back.
    with pytest.raises(pinjwt.RefreshReusedError):
        house.sessions.refresh(stolen.refresh_token)
    with pytest.raises(pinjwt.RevokedError):
        house.sessions.refresh(rotated.refresh_token)
    # Those of the last hour are denied by the time of the store.
    clock.move(timedelta())
    assert len(house.sessions.list("alice")) == 1
