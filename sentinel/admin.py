"""What every list of the admin shares. `Admin`, `Inline` and `People` are Django's own classes, which are generic for
the type checker only."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin, TabularInline
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest

if TYPE_CHECKING:
    Admin = ModelAdmin[Any]
    Inline = TabularInline[Any, Any]
    People = UserAdmin[Any]
    NewPerson = BaseUserCreationForm[Any]
    Base = ModelAdmin[Any]
else:
    Admin, Inline, People, NewPerson, Base = ModelAdmin, TabularInline, UserAdmin, BaseUserCreationForm, object


class FoundById(Base):
    """An id pasted into the search box finds its row; any other text is searched for as usual."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        try:
            pk = uuid.UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(pk=pk), False


class ReadOnly(Base):
    """What the engine wrote is evidence: staff look at it and change nothing by hand."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
