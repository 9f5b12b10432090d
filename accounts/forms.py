"""What people type about workspaces and their members."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.invitations import INVITABLE
from accounts.models import Role, User, Workspace

WHAT_ROLES_DO = {
    Role.OWNER: "Owner: everything, also handing over and deleting",
    Role.ADMIN: "Admin: everything but that",
    Role.MEMBER: "Member: adds sites, scans, works on issues",
    Role.VIEWER: "Viewer: sees everything, changes nothing",
    Role.CLIENT: "Client: sees the reports, nothing else",
}


class NameForm(forms.Form):
    name = forms.CharField(label="Name of the workspace", max_length=100)


class DeleteForm(forms.Form):
    """Asks for the name: a click alone is made too easily."""

    name = forms.CharField(
        label="Type the workspace’s name", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"].strip()
        if typed != self.workspace.name:
            raise forms.ValidationError(f"This is not the workspace’s name. Type “{self.workspace.name}”.")
        return typed


class LeaveForm(forms.Form):
    """The end of an account."""

    email = forms.CharField(
        label="Type your email address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"].strip()
        if typed.lower() != self.person.email.lower():
            raise forms.ValidationError(f"This is not the address of your account. Type {self.person.email}.")
        return typed


class InviteForm(forms.Form):
    email = forms.EmailField(label="Email address", max_length=254)
    role = forms.ChoiceField(
        label="Role", choices=[(role.value, WHAT_ROLES_DO[role]) for role in INVITABLE], initial=Role.MEMBER
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)
