"""The customer's own rules of a site: the list of them, a new one, one of them, and the switches beside them."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import may_write
from scans import own_rules
from scans.custom import KIND_LABELS
from scans.models import CustomRule, Site
from scans.reports import site as over_time
from scans.rule_form import WORDS, RuleForm, initial
from scans.rulebook import MOST_RULES, UNITS
from scans.snapshot import Category, CustomKind
from scans.views.access import person, rule_written, site_seen, site_written

form_view = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_GET
def rules(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    site = site_seen(request, site_id)
    rows = list(site.custom_rules.kept())
    report = over_time.newest_report(site)
    context = {
        "site": site,
        "rows": [_row(rule) for rule in rows],
        "report": report,
        "found": report.findings.filter(issue__category=Category.CUSTOM).count() if report else 0,
        "kinds": _kinds(),
        "is_full": len(rows) >= MOST_RULES,
        "most": MOST_RULES,
        "may_write": may_write(person(request), site.workspace),
    }
    return render(request, "rules/rules.html", context)


def _row(rule: CustomRule) -> dict[str, Any]:
    kind = CustomKind(rule.kind)
    lines = rule.terms.splitlines()
    says = f"at most {rule.limit or 0:,} {UNITS[kind]}" if kind.is_budget else ", ".join(lines[:3])
    return {"rule": rule, "says": says, "more": max(0, len(lines) - 3)}


def _kinds() -> list[dict[str, str]]:
    return [{"kind": kind.value, "label": label, "line": WORDS[kind].line} for kind, label in KIND_LABELS.items()]


@login_required
@require_GET
def choose(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    site = site_written(request, site_id)
    return render(request, "rules/choose.html", {"site": site, "kinds": _kinds()})


@login_required
@form_view
def add(request: HttpRequest, site_id: uuid.UUID, kind: str) -> HttpResponse:
    site = site_written(request, site_id)
    if kind not in set(CustomKind):
        raise Http404
    form = RuleForm(request.POST or None, kind=CustomKind(kind))
    if request.method == "POST" and form.is_valid() and form.rule and "try" not in request.POST:
        row = own_rules.add(site, form.rule)
        if row is not None:
            messages.success(request, f"“{row.name}” is added. The next scan looks at it.")
            return redirect("rules", site.pk)
        form.add_error(None, own_rules.FULL)
    return _form(request, site, form, None)


@login_required
@form_view
def edit(request: HttpRequest, rule_id: uuid.UUID) -> HttpResponse:
    row = rule_written(request, rule_id)
    if row.deleted_at is not None:
        raise Http404
    form = RuleForm(request.POST or None, kind=CustomKind(row.kind), initial=initial(row))
    if request.method == "POST" and form.is_valid() and form.rule and "try" not in request.POST:
        own_rules.change(row, form.rule)
        messages.success(request, f"“{form.rule.name}” is saved. The next scan looks at it as it is now.")
        return redirect("rules", row.site_id)
    return _form(request, row.site, form, row)


def _form(request: HttpRequest, site: Site, form: RuleForm, row: CustomRule | None) -> HttpResponse:
    tried = form.is_bound and form.rule is not None and "try" in request.POST
    context = {
        "site": site,
        "form": form,
        "row": row,
        "kind": form.kind.value,
        "label": KIND_LABELS[form.kind],
        "line": WORDS[form.kind].line,
        "tried": tried,
        "preview": own_rules.preview(site, form.rule) if tried and form.rule else None,
    }
    return render(request, "rules/form.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def switch(request: HttpRequest, rule_id: uuid.UUID) -> HttpResponse:
    row = rule_written(request, rule_id)
    own_rules.switch(row, on=request.POST.get("on") == "1")
    return redirect("rules", row.site_id)


@login_required
@require_POST
def delete(request: HttpRequest, rule_id: uuid.UUID) -> HttpResponse:
    row = rule_written(request, rule_id)
    own_rules.remove(row)
    undo = reverse("rule_restore", args=[row.pk])
    messages.success(request, f"“{row.name}” is deleted.", extra_tags=f"undo:{undo}")
    return redirect("rules", row.site_id)


@login_required
@require_POST
def restore(request: HttpRequest, rule_id: uuid.UUID) -> HttpResponse:
    row = rule_written(request, rule_id)
    if own_rules.restore(row):
        messages.success(request, f"“{row.name}” is back.")
    else:
        messages.error(request, own_rules.FULL)
    return redirect("rules", row.site_id)
