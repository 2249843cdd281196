"""Who is answered next when more people ask than can be answered at once."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from tsunagari.core import fairness, rate_limits
from tsunagari.core.access import public, signed_in
from tsunagari.core.fairness import FairTurns, Turns, places_of
from tsunagari.core.rate_limits import Share

WORK = 0.02


@public()
def page(request: HttpRequest) -> HttpResponse:
    time.sleep(WORK)
    return HttpResponse("the full answer")


def lines_of_danger(request: HttpRequest, token: str, *, status: int) -> HttpResponse:
    return HttpResponse(f"lines for {token}", status=200)


@public(busy=lines_of_danger)
def results(request: HttpRequest, token: str) -> HttpResponse:
    time.sleep(WORK)
    return HttpResponse("the full answer")


@signed_in
def desk(request: HttpRequest) -> HttpResponse:
    return HttpResponse("desk")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> Turns:
    """Four places, one of them for those beyond their share of ten; half a second of patience."""
    monkeypatch.setattr(rate_limits, "_window", rate_limits._Window())
    turns = Turns(4, 1, most_waiting=30)
    monkeypatch.setattr(fairness, "turns", turns)
    monkeypatch.setattr(fairness, "PATIENCE", 0.5)
    monkeypatch.setattr(fairness, "SHARE", Share(most=10, per_second=1.0))
    return turns


def ask(
    address: str, view: Callable[..., HttpResponse] = page, path: str = "/", **names: str
) -> HttpResponse:
    """One request through the middleware, as Django would call it."""
    request = RequestFactory().get(path, REMOTE_ADDR=address)

    def respond(request: HttpRequest) -> HttpResponse:
        refused = middleware.process_view(request, view, (), names)
        return refused if refused is not None else view(request, **names)

    middleware = FairTurns(respond)
    return middleware(request)


class Flood:
    """As many parallel connections as are given, from one network, that ask again at once."""

    def __init__(self, connections: int) -> None:
        self.statuses: Counter[int] = Counter()
        self.stop = threading.Event()
        self.threads = [
            threading.Thread(target=self._ask, args=(f"203.0.113.{number}",)) for number in range(connections)
        ]

    def _ask(self, address: str) -> None:
        while not self.stop.is_set():
            self.statuses[ask(address).status_code] += 1

    def __enter__(self) -> "Flood":
        for thread in self.threads:
            thread.start()
        time.sleep(0.6)
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


def timed(address: str) -> tuple[float, HttpResponse]:
    began = time.monotonic()
    answer = ask(address)
    return time.monotonic() - began, answer


def test_a_flood_from_one_network_takes_the_full_answer_from_no_other(few: Turns):
    with Flood(50) as flood:
        others = [timed(f"198.51.{number}.1") for number in range(40)]
    assert {answer.content for _, answer in others} == {b"the full answer"}
    # a place is free after one answer at the latest: five times the work bounds it on a busy machine, too
    slowest = sorted(seconds for seconds, _ in others)[int(len(others) * 0.95)]
    assert slowest < WORK * 5 + 0.1
    # the flood got answers, and where it got none, the lines
    assert flood.statuses.keys() <= {200, 429}
    assert flood.statuses[200] > 10
    assert (few._taken, few._taken_beyond, len(few._first), len(few._beyond)) == (0, 0, 0, 0)


def test_a_visitor_in_the_network_of_a_flood_gets_the_lines_at_least():
    with Flood(50):
        answers = [ask("203.0.113.200") for _ in range(5)]
    for answer in answers:
        assert answer.status_code in {200, 429}
        if answer.status_code == 429:
            assert (answer["Retry-After"], answer["Cache-Control"]) == ("5", "no-store")
            for number in ("110", "119", "0120-279-338"):
                assert number in answer.content.decode()


def test_a_whole_school_behind_one_address_gets_full_answers_while_there_is_room():
    """Thirty pupils, far beyond the share of one network; nobody else is asking."""
    with ThreadPoolExecutor(6) as pupils:
        answers = list(pupils.map(lambda _: ask("203.0.113.7"), range(60)))
    assert {answer.status_code for answer in answers} == {200}


def test_when_everybody_asks_at_once_nobody_waits_longer_than_is_bearable():
    """From as many networks as visitors: more than there is room for."""
    with ThreadPoolExecutor(200) as visitors:
        got = list(visitors.map(lambda number: timed(f"10.{number % 250}.{number // 250}.1"), range(400)))
    assert max(seconds for seconds, _ in got) < 2
    statuses = Counter(answer.status_code for _, answer in got)
    assert statuses.keys() <= {200, 503}
    # how many depends on the machine; at least those who had a place from the start
    assert statuses[200] >= fairness.turns.places
    assert all("0120-279-338" in answer.content.decode() for _, answer in got if answer.status_code == 503)


def test_a_view_may_say_what_it_shows_without_a_place(few: Turns):
    for _ in range(4):
        assert few.enter(beyond=False, patience=0)
    assert ask("198.51.100.1", results, token="死にたい").content.decode() == "lines for 死にたい"
    assert ask("198.51.100.1", desk).content == b"desk"
    assert ask("198.51.100.1", page, path="/readyz").content == b"the full answer"
    api = ask("198.51.100.1", page, path="/api/hsds/services")
    assert (api.status_code, api["Content-Type"]) == (503, "application/json")
    assert "error_en" in api.content.decode()
    few.leave(beyond=False)
    assert ask("198.51.100.1", results, token="x").content == b"the full answer"


def test_a_place_is_given_back_when_a_view_fails(few: Turns):
    @public()
    def broken(request: HttpRequest) -> HttpResponse:
        raise LookupError

    for _ in range(10):
        with pytest.raises(LookupError):
            ask("198.51.100.1", broken)
    assert few._taken == 0


def test_those_within_their_share_come_first_in_the_order_of_coming():
    turns = Turns(1, 1)
    assert turns.enter(beyond=False, patience=0)
    order: list[str] = []

    def wait(name: str, beyond: bool) -> None:
        assert turns.enter(beyond=beyond, patience=5)
        order.append(name)
        turns.leave(beyond=beyond)

    threads = []
    for name, beyond in (("flood", True), ("first", False), ("second", False)):
        threads.append(threading.Thread(target=wait, args=(name, beyond)))
        threads[-1].start()
        time.sleep(0.05)
    turns.leave(beyond=False)
    for thread in threads:
        thread.join()
    assert order == ["first", "second", "flood"]


def test_whoever_gives_up_waiting_leaves_the_queue():
    turns = Turns(1, 1, most_waiting=2)
    assert turns.enter(beyond=False, patience=0)
    assert not turns.enter(beyond=False, patience=0.01)
    assert not turns.enter(beyond=True, patience=0.01)
    assert (len(turns._first), len(turns._beyond)) == (0, 0)
    turns.leave(beyond=False)
    assert turns.enter(beyond=True, patience=0)


@pytest.mark.parametrize(("pool", "places"), [(1, (2, 1)), (4, (2, 1)), (8, (6, 2)), (20, (18, 6))])
def test_some_connections_stay_free_for_the_desk(pool: int, places: tuple[int, int]):
    assert places_of(pool) == places
