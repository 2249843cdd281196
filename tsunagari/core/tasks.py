"""Jobs of core."""

from asgiref.sync import async_to_sync
from procrastinate.contrib.django import app

KEPT_HOURS = 72


@app.periodic(cron="40 3 * * *")
@app.task(name="core.forget_finished_jobs")
def forget_finished_jobs(timestamp: int) -> None:
    """Each night: jobs that ended well three days ago are deleted; failed ones stay until somebody looks."""
    async_to_sync(app.job_manager.delete_old_jobs)(nb_hours=KEPT_HOURS)
