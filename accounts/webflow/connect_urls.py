"""Connecting Webflow to a workspace."""

from django.urls import path

from accounts.views import webflow

urlpatterns = [
    path("", webflow.home, name="webflow_home"),
    path("callback/", webflow.answer, name="webflow_answer"),
    path("<uuid:workspace_id>/", webflow.overview, name="webflow"),
    path("<uuid:workspace_id>/connect/", webflow.connect, name="webflow_connect"),
    path("connections/<uuid:connection_id>/disconnect/", webflow.disconnect, name="webflow_disconnect"),
]
