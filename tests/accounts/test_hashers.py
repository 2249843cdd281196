"""Argon2 takes turns."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import identify_hasher

from tests.accounts.hashers import QuickArgon2
from tsunagari.accounts.hashers import AT_ONCE, TakingTurns
from tsunagari.config import settings as site

PASSWORD = "mizu-umi-hikari-29"


class Quick(QuickArgon2, TakingTurns):
    """Takes turns, and writes down how many work at once."""

    working = most = 0
    lock = threading.Lock()

    def params(self):  # type: ignore[no-untyped-def]
        cls = type(self)
        with cls.lock:
            cls.working += 1
            cls.most = max(cls.most, cls.working)
        threading.Event().wait(0.02)
        with cls.lock:
            cls.working -= 1
        return super().params()


def test_a_flood_of_logins_is_hashed_a_few_at_a_time():
    hasher = Quick()
    with ThreadPoolExecutor(12) as pool:
        hashes = list(pool.map(lambda number: hasher.encode(PASSWORD, f"saltsalt{number}"), range(12)))
    assert Quick.most == AT_ONCE
    assert all(hasher.verify(PASSWORD, encoded) for encoded in hashes)
    assert not hasher.verify("another", hashes[0])


def test_the_site_hashes_so_and_reads_what_django_wrote():
    assert site.PASSWORD_HASHERS == ["tsunagari.accounts.hashers.TakingTurns"]
    encoded = QuickArgon2().encode(PASSWORD, "saltsalt")
    assert TakingTurns.algorithm == identify_hasher(encoded).algorithm
    assert TakingTurns().verify(PASSWORD, encoded)
