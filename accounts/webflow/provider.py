"""“Continue with Webflow”: log-in only. What a site connection needs is asked for elsewhere, in a round of its own; the
token of a log-in is thrown away."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import ProviderAccount, ProviderException
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.conf import settings
from django.http import HttpRequest

NAME_LIMIT = 100  # of User.name


class WebflowOAuth2Adapter(OAuth2Adapter):  # type: ignore[misc]
    provider_id = "webflow"

    @property
    def authorize_url(self) -> str:
        return str(settings.WEBFLOW_AUTHORIZE_URL)

    @property
    def access_token_url(self) -> str:
        return str(settings.WEBFLOW_TOKEN_URL)

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:
        url = settings.WEBFLOW_API_URL.rstrip("/") + "/token/authorized_by"
        with get_adapter().get_requests_session() as session:
            answer = session.get(url, headers={"Authorization": f"Bearer {token.token}"}, allow_redirects=False)
            answer.raise_for_status()
            person = answer.json()
        if not isinstance(person, dict) or not isinstance(person.get("id"), str):
            raise ProviderException("Webflow did not say who logged in")
        return self.get_provider().sociallogin_from_response(request, person)


class WebflowProvider(OAuth2Provider):  # type: ignore[misc]
    id = "webflow"
    name = "Webflow"
    account_class = ProviderAccount
    oauth2_adapter_class = WebflowOAuth2Adapter

    def get_default_scope(self) -> list[str]:
        return ["authorized_user:read"]

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """No link may ask for more in our name."""
        return self.get_default_scope()

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        return {}

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["id"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, str]:
        """Webflow does not say whether it confirmed the address, so it counts as unconfirmed: allauth makes
        unconfirmed addresses of what stands here."""
        words = [str(data.get(part) or "") for part in ("firstName", "lastName")]
        return {"email": str(data.get("email") or ""), "name": " ".join(filter(None, words))[:NAME_LIMIT]}

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, str]:
        return {"id": str(data["id"]), "email": str(data.get("email") or "")}


provider_classes = [WebflowProvider]
