"""How long the hours in which nobody can be reached take to compute, and to read.

python -m tsunagari manage shell < bench/coverage.py
"""

import time

from django.utils import timezone

from tsunagari.directory.selectors import coverage as selectors
from tsunagari.directory.services.coverage import compute_coverage
from tsunagari.portal import gaps

begins = time.perf_counter()
areas = compute_coverage(at=timezone.now())
computed = time.perf_counter()
found = selectors.coverage()
read = time.perf_counter()
if found is not None:
    for _ in range(10):
        gaps.gaps_by_group(found, None, "ja:any")
        gaps.areas_inside(found, None, "ja:any")
ends = time.perf_counter()
print(f"{areas} areas: computed {computed - begins:.2f} s, read {read - computed:.2f} s")
print(f"a page's figures {(ends - read) / 10 * 1000:.0f} ms")
