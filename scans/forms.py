"""What people type about sites."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from scans.models import URL_LIMIT, Site


class AddSiteForm(forms.Form):
    """Takes what people paste, with or without `https://`; whether it may be scanned, `launch.add_site` says."""

    url = forms.CharField(
        label="Address of the site",
        max_length=URL_LIMIT,
        widget=forms.TextInput(
            attrs={
                "placeholder": "example.com",
                "inputmode": "url",
                "autocomplete": "url",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
        help_text="The published site or its staging address, such as your-site.webflow.io.",
        error_messages={
            "required": "Paste the address of the site.",
            "max_length": "This address is too long: %(show_value)d characters, %(limit_value)d are allowed.",
        },
    )
    scan_now = forms.BooleanField(label="Scan it now", required=False, initial=True)


class RenameForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Site
        fields: ClassVar[list[str]] = ["name"]
        error_messages: ClassVar[dict[str, Any]] = {"name": {"required": "Give the site a name."}}


class DeleteForm(forms.Form):
    """Asks for the site's name: what is deleted here cannot come back."""

    name = forms.CharField(
        label="Type the site’s name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"].strip()
        if typed != self.site.name:
            raise forms.ValidationError(f"This is not the site’s name. Type “{self.site.name}”.")
        return typed
