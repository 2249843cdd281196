"""Jobs: deferred with the change that causes them, run by a real worker."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tsunagari.accounts.models import Organization
from tsunagari.directory.models import Channel, SearchRow, Service, ServiceArea
from tsunagari.directory.tasks import reindex


@pytest.fixture
def service(transactional_db: None) -> Service:
    with connection.cursor() as cursor:
        # Django does not manage procrastinate's tables, so no test's end empties them
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    organization = Organization.objects.create(name="あかり会", kind="npo")
    made = Service.objects.create(organization=organization, name="あかり電話", description="夜の電話")
    ServiceArea.objects.create(service=made, area=None)
    Channel.objects.create(service=made, type="phone", value="0120-000-000")
    return made


def work() -> None:
    """Run the waiting jobs as the worker does, then stop."""

    async def run() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as worker:
            async with worker.open_async():
                await worker.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    async_to_sync(run)()


def test_the_worker_indexes_what_was_changed(service: Service):
    with transaction.atomic():
        Service.objects.filter(pk=service.pk).update(name="ともしび電話")
        reindex.defer(service_ids=[str(service.pk)])
    assert not SearchRow.objects.filter(service=service).exists()
    work()
    assert SearchRow.objects.filter(service=service, area_code="000000").exists()
    assert not ProcrastinateJob.objects.exclude(status="succeeded").exists()


def test_a_change_that_is_rolled_back_leaves_no_job(service: Service):
    with transaction.atomic():
        reindex.defer(service_ids=[str(service.pk)])
        transaction.set_rollback(True)
    assert not ProcrastinateJob.objects.exists()


def test_the_arguments_of_a_job_are_ids_alone(service: Service):
    reindex.defer(service_ids=[str(service.pk)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs")
        ((arguments,),) = cursor.fetchall()
    assert arguments == f'{{"service_ids": ["{service.pk}"]}}'
