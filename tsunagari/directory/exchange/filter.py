"""Ids that were seen, in constant memory: a Bloom filter, whose false alarms are next to none."""

from typing import Final

_PROBES: Final = 8
_SMALLEST: Final = 2**20
_LARGEST: Final = 2**30


class SeenIds:
    """A set of UUIDs that may say yes by mistake, hardly ever, and never no."""

    def __init__(self, expected_bytes: int) -> None:
        bits = min(max(_SMALLEST, 1 << max(expected_bytes - 1, 1).bit_length()), _LARGEST)
        self._mask = bits - 1
        self._bits = bytearray(bits // 8)

    def add(self, key: str) -> bool:
        """Remember an id; return whether it was there already."""
        # two make as many hashes as are wanted (Kirsch and Mitzenmacher); Python's own is keyed and mixes
        first = hash(key) & 0xFFFFFFFFFFFFFFFF
        second = first * 0x9E3779B97F4A7C15 >> 23 & 0xFFFFFFFFFFFFFFFF | 1
        seen, bits, mask = True, self._bits, self._mask
        for _probe in range(_PROBES):
            place = first >> 7 & mask
            bit = 1 << (place & 7)
            if not bits[place >> 3] & bit:
                bits[place >> 3] |= bit
                seen = False
            first = first + second & 0xFFFFFFFFFFFFFFFF
        return seen
