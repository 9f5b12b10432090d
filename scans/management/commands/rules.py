"""`manage.py rules`: the catalogue of rules, as it is registered."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from scans.checks import RULES, tier_of


class Command(BaseCommand):
    help = (
        "Prints every rule with its severity, the tier that sees it (F fetch, V visit, S the whole site, A Webflow's "
        "Data API), title and help text."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        rules = sorted(RULES.values(), key=lambda rule: rule.id)
        if options["format"] == "json":
            rows = [
                {
                    "id": rule.id,
                    "severity": rule.severity.value,
                    "confidence": rule.confidence.value,
                    "category": rule.category.value,
                    "tier": tier_of(rule.id),
                    "title": rule.title,
                    "help": rule.help,
                }
                for rule in rules
            ]
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for rule in rules:
            doubt = " ?" if rule.confidence != "confirmed" else ""
            self.stdout.write(f"{rule.id:44} {rule.severity:9}{doubt:2} {tier_of(rule.id):6} {rule.title}")
