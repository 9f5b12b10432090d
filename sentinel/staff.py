"""The administration: the same log-in as everybody's, with a second step where `ADMIN_REQUIRES_MFA` asks for it."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

# what allauth would show there: secrets of second factors, keys of other sites
HIDDEN = {"mfa", "socialaccount", "usersessions"}


class StaffSite(AdminSite):
    def register(self, model_or_iterable: Any, *args: Any, **kwargs: Any) -> None:
        models: list[Any] = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        super().register([each for each in models if each._meta.app_label not in HIDDEN], *args, **kwargs)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not _lacks_second_step(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
            wanted = reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        if not super().has_permission(request):
            raise Http404
        if _lacks_second_step(request):
            messages.warning(request, "The administration needs a second step of log-in. Set one up, then come back.")
            return redirect("mfa_index")
        return redirect(wanted)


def _lacks_second_step(request: HttpRequest) -> bool:
    """Whoever has a second step went through it to log in. Recovery codes alone are none."""
    if not settings.ADMIN_REQUIRES_MFA:
        return False
    steps = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return not Authenticator.objects.filter(user=request.user.pk, type__in=steps).exists()
