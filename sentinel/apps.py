from django.apps import AppConfig


class SentinelConfig(AppConfig):
    name = "sentinel"

    def ready(self) -> None:
        from sentinel import system_checks  # noqa: F401 (registers the checks)
