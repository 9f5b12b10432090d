"""The one question others ask: how much may this workspace do?"""

from accounts.models import Workspace
from billing.plans import FREE, PLANS, Plan


def plan_of(workspace: Workspace) -> Plan:
    return PLANS.get(workspace.plan, FREE)
