"""Every address of the console. Each app names its own; the API has one router."""

from django.urls import include, path

from bizmanager import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
    path("metrics", pages.metrics, name="metrics"),
    path("account/email/", pages.absent, name="account_email"),
    # Before the library's own: a page of ours has taken its place, or a rule of ours comes first.
    path("account/sessions/", pages.to_sessions, name="usersessions_list"),
    path("account/", include("allauth.urls")),
    path("preferences/", include("users.urls")),
    path("", include("organizations.urls")),
    path("organizations/<str:code>/", pages.overview, name="overview"),
    path("", include("linking.urls")),
    path("", include("resources.urls")),
    path("", include("audiences.urls")),
    path("api/v1/", include("bizmanager.api")),
]
