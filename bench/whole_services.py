"""Whole services written per second: the service, its children, and the history that triggers write.

Run: python -m bench.whole_services [--services 20000]. Uses the database of bench/generate.py and rolls back
what it wrote. Each service is as wide as a real one: three needs, an area, two languages, a telephone and a
chat with hours, a location, two documents; 15 rows and as many rows of history. Bound: 1,200/s.
"""

from __future__ import annotations

import argparse
import time
import uuid

from bench.generate import environment


def main() -> int:
    """Write, print the rate, roll back; 1 when it is under its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=20_000)
    options = parser.parse_args()
    environment()
    # these need Django set up
    from django.db import transaction  # noqa: PLC0415

    from tsunagari.accounts.models import Organization  # noqa: PLC0415
    from tsunagari.directory import models  # noqa: PLC0415
    from tsunagari.directory.opening import schedule_rows  # noqa: PLC0415
    from tsunagari.directory.schedules import Hours, Period  # noqa: PLC0415
    from tsunagari.directory.services.bulk import ServiceBundle, replace_services  # noqa: PLC0415

    taxonomy = models.Taxonomy(key="bench", name="計測", description="計測")
    terms = [
        models.TaxonomyTerm(taxonomy=taxonomy, code=f"need-{number}", name="困りごと", description="計測")
        for number in range(60)
    ]
    organization = Organization(id=uuid.uuid4(), name="計測の団体", kind="npo")
    profile = models.OrganizationProfile(organization=organization, description="計測のための団体。")
    weekdays = Period(freq="WEEKLY", byday=("MO", "TU", "WE", "TH", "FR"), opens=540, closes=1020)
    hours = Hours((weekdays,))

    def bundle(number: int) -> ServiceBundle:
        service = models.Service(
            organization=organization,
            name=f"みんなの相談室 {number}",
            name_kana=f"みんなのそうだんしつ {number}",
            description="だれもが気軽に立ち寄り、家計や子育ての困りごとを話せる場所です。" * 2,
            audience=["anyone"],
        )
        made = ServiceBundle(service=service, profile=profile)
        made.areas = [models.ServiceArea(service=service, area=None)]
        made.needs = [
            models.ServiceNeed(service=service, term=terms[(number + step) % len(terms)], position=step)
            for step in range(3)
        ]
        made.languages = [models.Language(service=service, code=code) for code in ("ja", "en")]
        ways = (("phone", "03-0000-0000"), ("chat", "https://example.org/"))
        for position, (kind, value) in enumerate(ways):
            channel = models.Channel(service=service, type=kind, value=value, position=position)
            made.channels.append(channel)
            made.schedules.extend(schedule_rows(hours, channel=channel))
        location = models.Location(name="市民センター", latitude=35.0, longitude=139.0)
        made.locations = [location]
        made.at_locations = [models.ServiceAtLocation(service=service, location=location)]
        made.documents = [
            models.RequiredDocument(service=service, document=document, position=position)
            for position, document in enumerate(("本人確認書類", "収入が分かるもの"))
        ]
        return made

    bundles = [bundle(number) for number in range(options.services)]
    before = models.Metadata.objects.count()
    with transaction.atomic():
        taxonomy.save()
        models.TaxonomyTerm.objects.bulk_create(terms)
        began = time.perf_counter()
        replace_services(bundles)
        seconds = time.perf_counter() - began
        rows = models.Metadata.objects.count() - before
        transaction.set_rollback(True)
    rate = options.services / seconds
    print(
        f"{options.services} services in {seconds:.1f} s: {rate:,.0f}/s (bound 1,200), {rows} rows of history"
    )
    return int(rate < 1200)


if __name__ == "__main__":
    raise SystemExit(main())
