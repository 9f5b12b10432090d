"""People and workspaces for support staff."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from accounts.models import (
    AuditEvent,
    DataExport,
    Erasure,
    Invitation,
    Membership,
    OutgoingMail,
    User,
    WebflowConnection,
    Workspace,
)
from sentinel.admin import Admin, FoundById, Inline, NewPerson, People, ReadOnly


class PersonForm(NewPerson):
    class Meta:
        model = User
        fields = ("email", "name")
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {}


class MembershipInline(Inline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user", "workspace")
    readonly_fields = ("created_at",)


@admin.register(User)
class UserAdmin(FoundById, People):
    add_form = PersonForm
    list_display = ("email", "name", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "date_joined")
    search_fields = ("email", "name")
    ordering = ("-date_joined",)
    readonly_fields = ("id", "last_login", "date_joined")
    inlines = (MembershipInline,)
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("id", "email", "name", "time_zone", "password")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2")}),)


@admin.register(Workspace)
class WorkspaceAdmin(FoundById, Admin):
    list_display = ("name", "plan", "people", "site_count", "created_at", "closed_at")
    list_filter = ("plan", "created_at", "closed_at")
    search_fields = ("name", "memberships__user__email")
    readonly_fields = ("id", "created_at", "closed_at")
    inlines = (MembershipInline,)
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Workspace | None = None) -> bool:
        """Its sites go with it, and the admin would load all their rows to ask."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        counted: QuerySet[Workspace] = super().get_queryset(request)
        return counted.annotate(people=Count("memberships", distinct=True), site_count=Count("sites", distinct=True))

    @admin.display(ordering="people")
    def people(self, workspace: Any) -> int:
        return int(workspace.people)

    @admin.display(description="sites", ordering="site_count")
    def site_count(self, workspace: Any) -> int:
        return int(workspace.site_count)


@admin.register(Membership)
class MembershipAdmin(FoundById, Admin):
    list_display = ("user", "workspace", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "workspace")
    search_fields = ("user__email", "workspace__name")
    autocomplete_fields = ("user", "workspace")
    readonly_fields = ("id", "created_at")
    show_full_result_count = False


@admin.register(AuditEvent)
class AuditEventAdmin(FoundById, ReadOnly, Admin):
    list_display = ("created_at", "actor_label", "action", "target", "workspace", "ip")
    list_filter = ("action", "created_at")
    list_select_related = ("workspace",)
    search_fields = ("actor_label", "action", "target", "workspace__name")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Invitation)
class InvitationAdmin(FoundById, ReadOnly, Admin):
    list_display = ("email", "workspace", "role", "sent_at", "expires_at", "accepted_at", "revoked_at")
    list_filter = ("role", "sent_at")
    list_select_related = ("workspace",)
    search_fields = ("email", "workspace__name")
    exclude = ("token_hash",)
    show_full_result_count = False


@admin.register(OutgoingMail)
class OutgoingMailAdmin(FoundById, ReadOnly, Admin):
    """Without the words: links in them open doors."""

    list_display = ("subject", "recipients", "created_at", "attempts", "error", "sent_at", "given_up_at")
    list_filter = ("sent_at", "given_up_at", "created_at")
    search_fields = ("subject", "recipients")
    exclude = ("text", "html")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(WebflowConnection)
class WebflowConnectionAdmin(FoundById, ReadOnly, Admin):
    """Without the token, which nobody needs to see, encrypted or not."""

    list_display = ("label", "workspace", "status", "tier", "rate_limit", "listed_at", "last_introspected_at")
    list_filter = ("status", "created_at")
    list_select_related = ("workspace",)
    search_fields = ("webflow_name", "webflow_email", "authorization_id", "workspace__name")
    exclude = ("token_encrypted",)


@admin.register(DataExport)
class DataExportAdmin(FoundById, ReadOnly, Admin):
    """That there is one; the copy itself is its owner's."""

    list_display = ("created_at", "workspace", "asked_by", "state", "attempts", "size", "expires_at", "error")
    list_filter = ("state", "created_at")
    list_select_related = ("workspace", "asked_by")
    search_fields = ("workspace__name", "asked_by__email")
    exclude = ("file",)
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Erasure)
class ErasureAdmin(FoundById, ReadOnly, Admin):
    list_display = ("kind", "object_id", "asked_at", "due_at", "taken_back_at", "done_at")
    list_filter = ("kind", "due_at", "done_at")
    search_fields = ("object_id",)
    exclude = ("addresses", "people")
    ordering = ("-id",)
    show_full_result_count = False
