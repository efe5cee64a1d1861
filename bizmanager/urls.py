"""Every address of the console. Each app names its own; the API has one router."""

from django.urls import include, path

from bizmanager import pages
from organizations.factor_views import remove_passkey

handler404 = "bizmanager.errors.no_such_address"
urlpatterns = [
    path("", pages.home, name="home"),
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
    path("metrics", pages.metrics, name="metrics"),
    path("account/email/", pages.absent, name="account_email"),
    # Before the library's own: a page of ours has taken its place, or a rule of ours comes first.
    path("account/sessions/", pages.to_sessions, name="usersessions_list"),
    path("account/2fa/webauthn/keys/<int:pk>/remove/", remove_passkey, name="mfa_remove_webauthn"),
    path("account/", include("allauth.urls")),
    path("preferences/", include("users.urls")),
    path("", include("organizations.urls")),
    path("organizations/<str:code>/", pages.overview, name="overview"),
    path("", include("linking.urls")),
    path("", include("resources.urls")),
    path("", include("audiences.urls")),
    path("api/v1/", include("bizmanager.api")),
]
