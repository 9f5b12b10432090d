"""allauth's view of our people: they have no user name, their first workspace is made with them, their mails wait in
the outbox, their addresses are told behind proxies, and their second factors are encrypted."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import Http404, HttpRequest
from django.urls import reverse

from accounts.access import home_of
from accounts.acting import client_ip
from accounts.mail import put
from accounts.models import Invitation, User
from sentinel.crypto import decrypt, encrypt

EMAIL_LIMIT = 254  # of User.email
NAME_LIMIT = 100  # of User.name
SECOND_FACTOR = "second-factor"  # what its secrets are bound to
INVITED = "invitation"  # in the session: the token of the invitation whose link was opened


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> Any:
        saved = super().save_user(request, user, form, commit)
        if commit and not _invited(request):
            home_of(user)
        return saved

    def clean_email(self, email: str) -> str:
        """allauth would cut an address that is too long, and the person could never log in with it."""
        if len(email) > EMAIL_LIMIT:
            raise ValidationError(f"This address is longer than {EMAIL_LIMIT} characters.")
        cleaned: str = super().clean_email(email)
        return cleaned

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        values = {"request": allauth_context.request, "email": email, **context}
        message = self.render_mail(template_prefix, email, values)
        put(message.to, str(message.subject), str(message.body))

    def get_client_ip(self, request: HttpRequest) -> str:
        """allauth fails when X-Forwarded-For is shorter than it should be, and anybody can ask past a proxy; ours then
        takes the address the connection came from. A socket without any counts as one visitor."""
        return client_ip(request) or "0.0.0.0"  # noqa: S104  # no interface: the place of a missing address

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Who came by an invitation goes on with it."""
        if _invited(request):
            return reverse("invitation")
        url: str = super().get_login_redirect_url(request)
        return url

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        """A way to log in that is not set up does not exist."""
        try:
            return super().get_app(request, provider, client_id)
        except SocialApp.DoesNotExist:
            raise Http404 from None

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        user = super().populate_user(request, sociallogin, data)
        both = f"{data.get('first_name') or ''} {data.get('last_name') or ''}"
        user.name = str(data.get("name") or both).strip()[:NAME_LIMIT]
        return user


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of authenticator apps and seeds of recovery codes are encrypted. allauth does not say whose they are, so
    they are bound to their purpose only."""

    def encrypt(self, text: str) -> str:
        return encrypt(text, bound_to=SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text, bound_to=SECOND_FACTOR)


def _invited(request: HttpRequest) -> bool:
    token = request.session.get(INVITED)
    return bool(token) and Invitation.objects.valid().by_token(str(token)) is not None
