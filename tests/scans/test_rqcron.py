import django_rq
from redis import Redis

from scans.management.commands import rqcron


def test_what_is_due_is_enqueued_once_whoever_asks(live_redis: Redis) -> None:
    assert rqcron.tick("one") == len(rqcron.PERIODIC)
    assert rqcron.tick("one") == 0, "not due again yet"
    assert rqcron.tick("two") == 0, "another leads"
    assert django_rq.get_queue("default").count == len(rqcron.PERIODIC)


def test_another_takes_over_when_the_leader_is_gone(live_redis: Redis) -> None:
    rqcron.tick("one")
    live_redis.delete(rqcron.LEASE, *(f"sentinel:cron:{function}" for function, _ in rqcron.PERIODIC))
    assert rqcron.tick("two") == len(rqcron.PERIODIC)
    assert 0 < live_redis.ttl(rqcron.LEASE) <= rqcron.LEASE_S
