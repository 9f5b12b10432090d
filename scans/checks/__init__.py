"""Checks: pure functions from what was seen to what is wrong. One file per family of rules; importing the package
registers them all. Nothing here knows the ORM, the network, the clock or the settings."""

from scans.checks import (  # noqa: F401  one module for each family, or for a part of one
    accessibility,
    content,
    form_validity,
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
    security_visit,
    site,
    site_map,
    spelling,
    texts,
    webflow,
)
from scans.checks.registry import (
    RULES,
    Rule,
    check_crawl,
    check_page,
    check_site,
    check_visit,
    judged,
    version,
)

__all__ = ["RULES", "Rule", "check_crawl", "check_page", "check_site", "check_visit", "judged", "version"]
