from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SentinelConfig(AppConfig):
    name = "sentinel"

    def ready(self) -> None:
        from sentinel import system_checks  # noqa: F401 (registers the checks)


class StaffConfig(AdminConfig):
    default_site = "sentinel.staff.StaffSite"
