"""Proving that a site is one's own."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from scans import ownership
from scans.models import Proof
from scans.views.access import person, site_written


@login_required
@require_GET
def overview(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    site = site_written(request, site_id)
    context = {
        "site": site,
        "places": ownership.places(site),
        "closes": site.proof_lost_at and site.proof_lost_at + ownership.GRACE,
    }
    return render(request, "sites/ownership.html", context)


@login_required
@require_POST
def check(request: HttpRequest, site_id: uuid.UUID) -> HttpResponse:
    site = site_written(request, site_id)
    proof = request.POST.get("proof")
    if proof not in Proof.values:
        messages.error(request, "Choose where you put the token.")
        return redirect("site_ownership", site.pk)
    looked = ownership.prove(site, Proof(proof), person(request))
    if looked.is_there:
        messages.success(request, f"{site.host} is proven to be yours. Leave the proof in place.")
    else:
        messages.error(request, looked.said)
    return redirect("site_ownership", site.pk)
