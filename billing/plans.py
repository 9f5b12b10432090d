"""The plans, as frozen data: what each allows. Prices and Stripe come with the checkout; limits hold from the first
scan."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`pages_per_scan`: pages fetched at most. `visits_per_scan`: pages opened in a browser at most.
    `unproven_pages`: the same for a site not yet proven to be the customer's. `concurrent_scans`: running at once in
    the workspace. `retention_days`: how long scans and their pictures are kept."""

    slug: str
    name: str
    sites: int
    pages_per_scan: int
    visits_per_scan: int
    unproven_pages: int
    concurrent_scans: int
    retention_days: int


FREE = Plan(
    "free",
    "Free",
    sites=5,
    pages_per_scan=500,
    visits_per_scan=100,
    unproven_pages=30,
    concurrent_scans=2,
    retention_days=30,
)
PLANS = {plan.slug: plan for plan in (FREE,)}
