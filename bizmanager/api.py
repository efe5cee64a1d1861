"""The REST API: `/api/v1/…`, its schema and its pages."""

from typing import Any

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from organizations.access import Door, marked


class SchemaView(SpectacularAPIView):
    """There is one version in one language: what the query says of them reaches neither header nor cache."""

    permission_classes = []
    authentication_classes = []
    http_method_names = ["get", "head"]

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        schema = self.generator_class().get_schema(request=request, public=True)  # type: ignore[no-untyped-call]  # drf-spectacular
        return Response(schema)


schema = marked(
    login_not_required(SchemaView.as_view()),
    Door("public"),
)
# Swagger's own page styles itself inline; this address only.
docs = csp_update({"style-src": ["'self'", "'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(
        url_name="api-schema",
        permission_classes=[],
        authentication_classes=[],
        http_method_names=["get", "head"],
    )
)

urlpatterns = [
    path("schema/", schema, name="api-schema"),
    path("docs/", marked(login_not_required(docs), Door("public")), name="api-docs"),
    path("", include("organizations.api")),
    path("", include("organizations.founding_api")),
    path("", include("organizations.people_api")),
    path("", include("linking.api")),
    path("", include("linking.joint_api")),
    path("", include("linking.verdict_api")),
    path("", include("linking.registry_api")),
    path("", include("linking.entity_api")),
    path("", include("linking.application_api")),
    path("", include("resources.api")),
    path("", include("resources.rule_api")),
    path("", include("resources.bulk_api")),
    path("", include("resources.request_api")),
    path("", include("resources.map_api")),
    path("", include("resources.tag_api")),
    path("", include("audiences.api")),
    path("", include("audiences.mirror_api")),
    path("", include("audiences.change_api")),
    path("", include("audiences.creating_api")),
]
