"""allauth's view of our people: they have no user name, and their first workspace is made with them."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest

from accounts.access import home_of
from accounts.models import User

EMAIL_LIMIT = 254  # of User.email


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> Any:
        saved = super().save_user(request, user, form, commit)
        if commit:
            home_of(user)
        return saved

    def clean_email(self, email: str) -> str:
        """allauth would cut an address that is too long, and the person could never log in with it."""
        if len(email) > EMAIL_LIMIT:
            raise ValidationError(f"This address is longer than {EMAIL_LIMIT} characters.")
        cleaned: str = super().clean_email(email)
        return cleaned
