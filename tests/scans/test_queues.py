"""Whoever can write to Redis must not be able to run code in a worker."""

from pathlib import Path

import django_rq
import pytest
from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from scans.queues import ALLOWED, ListedJob


def work(live_redis: Redis) -> None:
    queue = django_rq.get_queue("default")
    SimpleWorker([queue], connection=queue.connection, job_class=ListedJob, serializer=JSONSerializer).work(burst=True)


def test_a_function_that_is_not_listed_is_not_run(live_redis: Redis, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    job = django_rq.get_queue("default").enqueue("os.system", f"touch {marker}")
    work(live_redis)
    assert not marker.exists()
    assert job.get_status(refresh=True) == "failed"


def test_a_callback_is_not_run_either(live_redis: Redis, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    job = django_rq.get_queue("default").enqueue("os.getcwd")
    live_redis.hset(job.key, mapping={"success_callback_name": "os.system", "failure_callback_name": "os.system"})
    work(live_redis)
    assert not marker.exists()


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_listed_functions_exist(name: str) -> None:
    job = ListedJob.create(name, connection=Redis())
    assert callable(job.func)
