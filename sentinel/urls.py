from collections import Counter

from django.contrib import admin
from django.urls import include, path

from scans.checks import RULES
from sentinel import views
from sentinel.landing import landing

checks = Counter(rule.category.value for rule in RULES.values())

urlpatterns = [
    path("", landing, {"checks": checks}, name="landing"),
    path("", include("scans.urls")),
    path("", include("accounts.urls")),
    path("webflow/", include("accounts.webflow.connect_urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security, name="security"),
    path("favicon.ico", views.favicon),
]
