"""What people decide about issues: ignore, reopen. Undone with one click, so nothing asks "are you sure?"."""

from __future__ import annotations

from scans.models import Issue, IssueState


def ignore(issue: Issue) -> bool:
    """True when it was not ignored before. It stays in the reports, apart, and leaves the score with the next scan."""
    return bool(Issue.objects.filter(pk=issue.pk).exclude(state=IssueState.IGNORED).update(state=IssueState.IGNORED))


def reopen(issue: Issue) -> bool:
    return bool(Issue.objects.filter(pk=issue.pk, state=IssueState.IGNORED).update(state=IssueState.OPEN))
