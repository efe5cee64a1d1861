"""The REST API: `/api/v1/…`, its schema and its pages."""

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from organizations.access import Door, marked

schema = marked(
    login_not_required(SpectacularAPIView.as_view(permission_classes=[], authentication_classes=[])),
    Door("public"),
)
# Swagger's own page styles itself inline; this address only.
docs = csp_update({"style-src": ["'self'", "'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(
        url_name="api-schema", permission_classes=[], authentication_classes=[]
    )
)

urlpatterns = [
    path("schema/", schema, name="api-schema"),
    path("docs/", marked(login_not_required(docs), Door("public")), name="api-docs"),
    path("", include("organizations.api")),
    path("", include("linking.api")),
    path("", include("resources.api")),
    path("", include("audiences.api")),
]
