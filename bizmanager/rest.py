"""How the REST interface reads, answers and describes itself."""

from __future__ import annotations

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.tokens.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["organizations.doors.DoorPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["organizations.doors.JSONBody"],
    "DEFAULT_PAGINATION_CLASS": "organizations.doors.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "bizmanager.errors.api_error",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Business Manager console",
    "VERSION": "1",
    "DESCRIPTION": "Link accounts, share audiences, feed audiences. Send `Authorization: Bearer <token>`.",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "AccountKindEnum": "linking.models.Account.Kind",
        "ResourceKindEnum": "resources.models.Kind",
        "TagEventKindEnum": "resources.models.TagEvent.Kind",
        "IdentifierEnum": "audiences.identifiers.Kind",
        "ApplicationStateEnum": "linking.models.TalkHeadViewApplication.State",
        "LinkRequestStateEnum": "linking.models.LinkRequest.State",
        "BulkStateEnum": "resources.models.BulkChange.State",
        "ShareRequestStateEnum": "resources.models.ShareRequest.State",
        "RunStateEnum": "audiences.models.Run.State",
        "BatchStateEnum": "audiences.models.Batch.State",
        "ConnectorStateEnum": "audiences.models.Connector.State",
        "ReviewEnum": "organizations.models.Review",
        "RegionEnum": "organizations.models.Region",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
