from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from accounts.webflow.provider import WebflowProvider

urlpatterns = default_urlpatterns(WebflowProvider)
