"""Before Django reads its settings, every run gets real servers of its own (tests/servers.py) and an environment of its
own.

With xdist the controller starts what has to be started and the workers inherit it; each worker takes its own logical
Redis database and pytest-django gives it its own PostgreSQL database. Whoever made something removes it, also after
Ctrl-C and SIGTERM.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from scans.browser.chromium import INSTALL, find_chromium
from tests import servers

ENVIRONMENT = {
    "SECRET_KEY": "only-for-tests-" + "x" * 50,
    "EMBEDDED": "true",
    "DEBUG": "false",
    "HTTPS": "false",
    "BASE_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "SCAN_ALLOWED_HOSTS": "",
    "EMAIL_URL": "console:",
    "EMAIL_VERIFICATION": "optional",
    "LOG_LEVEL": "INFO",
    "LOG_FORMAT": "console",
    "METRICS_TOKEN": "",
}
RUN = "QA_SENTINEL_TEST_RUN"  # in the environment of xdist's workers: the random name of the run
_owned = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        _provision()
    if worker or not getattr(config.option, "numprocesses", None):
        _settle(worker or "alone")


def pytest_sessionstart(session: pytest.Session) -> None:
    """The cast is made of models, so it is loaded when Django is ready; in xdist's controller, which runs no test, it
    never is."""
    if "DJANGO_SETTINGS_MODULE" in os.environ:
        session.config.pluginmanager.import_plugin("tests.cast")


def pytest_unconfigure(config: pytest.Config) -> None:
    _owned.close()


def pytest_report_header(config: pytest.Config) -> str:
    postgres, redis = (os.environ[name].rpartition("@")[2] for name in ("DATABASE_URL", "REDIS_URL"))
    return f"servers: PostgreSQL {postgres}, Redis {redis}"


def _provision() -> None:
    """Once a run: the two servers, the run's name, a folder. What is made is put on the stack at once, so that nothing
    stays."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="qa-sentinel-tests-"))
    _owned.callback(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o711)
    name = f"qa_sentinel_{secrets.token_hex(6)}"
    postgres = servers.postgres_answering(os.environ.get("DATABASE_URL", ""))
    if postgres is None:
        postgres = _owned.enter_context(servers.throwaway_postgres(folder / "postgres"))
    _owned.callback(servers.drop_databases, postgres, f"test_{name}")
    redis = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379"
    if not servers.has_room(redis):
        redis = _owned.enter_context(servers.throwaway_redis(folder / "redis"))
    os.environ.update(ENVIRONMENT, DATABASE_URL=servers.named(postgres, name), REDIS_URL=redis, DATA_DIR=str(folder))
    os.environ[RUN] = name


def _settle(worker: str) -> None:
    """Once in each process that runs tests: its own Redis database and folder; then the settings may be read."""
    url = servers.claim_redis(os.environ["REDIS_URL"])
    if url is None:
        raise pytest.UsageError(f"{os.environ['REDIS_URL']} has no empty database left for {worker}: run fewer workers")
    _owned.callback(servers.release_redis, url)
    os.environ["REDIS_URL"] = url
    os.environ["DATA_DIR"] = str(Path(os.environ["DATA_DIR"], worker))
    Path(os.environ["DATA_DIR"], "static").mkdir(parents=True)
    _quicken()


def _quicken() -> None:
    """What tests need otherwise: no manifest of static files, no connection that outlives its test, a cheap password
    hash.

    The settings module is named here and not earlier: pytest-django reads a named one before any conftest is.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "sentinel.settings"
    from django.conf import settings  # the environment had to be ready first

    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A real Chromium. Where there is none the test fails and says how to get one: nothing is skipped."""
    found = find_chromium(os.environ.get("CHROMIUM_PATH", ""))
    if found is None:
        pytest.fail(f"There is no Chromium. {INSTALL}")
    return str(found)


@pytest.fixture
def live_redis() -> Iterator[Redis]:
    """This worker's own Redis database, empty before and after."""
    servers.flush_redis(os.environ["REDIS_URL"])
    with Redis.from_url(os.environ["REDIS_URL"]) as client:
        yield client
    servers.flush_redis(os.environ["REDIS_URL"])


@pytest.fixture
def process_env(transactional_db: None) -> dict[str, str]:
    """The environment in which another process (a scanner, a command) works on the same databases as this test."""
    from django.db import connection

    return {**os.environ, "DATABASE_URL": servers.named(os.environ["DATABASE_URL"], connection.settings_dict["NAME"])}
