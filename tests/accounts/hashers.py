"""Argon2 with the least work it allows: its strength is not what tests are about."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """The same algorithm and format, in less than a millisecond."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
