"""Checks: pure functions from what was seen to what is wrong. One file per family of rules; importing the package
registers them all. Nothing here knows the ORM, the network, the clock or the settings."""

from scans.checks import (  # noqa: F401  one module for each family, or for a part of one
    accessibility,
    content,
    custom,
    form_fields,
    forms,
    image_weight,
    images,
    javascript,
    layout,
    link_places,
    link_targets,
    links,
    metadata,
    metadata_canonical,
    metadata_language,
    metadata_social,
    metadata_titles,
    performance,
    resources,
    security,
    site,
    site_map,
    spelling,
    visual,
    webflow,
    webflow_api,
)
from scans.checks.custom import check_custom_page, check_custom_visit
from scans.checks.registry import (
    RULES,
    Rule,
    check_api,
    check_crawl,
    check_page,
    check_site,
    check_visit,
    judged,
    tier_of,
    version,
)

__all__ = [
    "RULES",
    "Rule",
    "check_api",
    "check_crawl",
    "check_custom_page",
    "check_custom_visit",
    "check_page",
    "check_site",
    "check_visit",
    "judged",
    "tier_of",
    "version",
]
