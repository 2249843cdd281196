"""Argon2 with a bound on how much memory all logins together may take."""

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

AT_ONCE = 2
"""Hashes that one web process computes at once; each takes 100 MB for a tenth of a second."""

_turns = threading.BoundedSemaphore(AT_ONCE)


class TakingTurns(Argon2PasswordHasher):
    """Django's Argon2: a flood of logins waits in a queue and does not fill the machine's memory."""

    def encode(self, password: str, salt: str) -> str:
        """Hash a password when it is our turn."""
        with _turns:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Compare a password with a hash when it is our turn."""
        with _turns:
            return super().verify(password, encoded)
