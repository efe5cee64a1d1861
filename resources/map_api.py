"""REST of the sharing map: the numbers of its page."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from linking.models import Account
from organizations.api import OrganizationAPI
from organizations.names import plain
from organizations.permissions import Action
from resources.map_forms import SERVICES, MapFilter
from resources.models import Kind
from resources.sharing_map import Head, Part, SharingMap, sharing_map

PARAMETERS = [
    OpenApiParameter("owner", description="Part of an owner's name or id"),
    OpenApiParameter("account", description="Part of a receiving account's name or id"),
    OpenApiParameter("service", enum=[code for code, _label in SERVICES]),
    OpenApiParameter("kind", enum=Kind.values),
    OpenApiParameter("q", description="Part of a resource's name"),
    OpenApiParameter("show", enum=["all"], description="Also owners and accounts without shares"),
    OpenApiParameter("rows", type=int, description="Page of owners"),
    OpenApiParameter("columns", type=int, description="Page of receiving accounts"),
]


class HeadSerializer(serializers.Serializer[Head]):
    service = serializers.SerializerMethodField(help_text="bm, lap or account, as LINE names owners")
    id = serializers.CharField(source="party.public_id", help_text="BM id, Basic ID or A… id")
    name = serializers.SerializerMethodField()
    total = serializers.IntegerField(help_text="Resources it gives or receives; given to two counts two")

    def get_service(self, head: Head) -> str:
        if head.party.account_id is None:
            return "bm"
        return "account" if head.party.kind == Account.Kind.OFFICIAL else "lap"

    def get_name(self, head: Head) -> str:
        return plain(head.party.name)


class PartSerializer(serializers.Serializer[Part]):
    count = serializers.IntegerField(help_text="On all pages")
    without_shares = serializers.IntegerField(source="quiet")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = HeadSerializer(source="heads", many=True)


class CellSerializer(serializers.Serializer[Any]):
    owner = serializers.CharField(help_text="BM id, Basic ID or A… id")
    account = serializers.CharField(help_text="Basic ID or A… id")
    resources = serializers.IntegerField()
    by_rule = serializers.IntegerField(help_text="Of these: come by a standing rule")


class MapSerializer(serializers.Serializer[SharingMap]):
    total = serializers.IntegerField(source="owners.total")
    owners = PartSerializer()
    accounts = PartSerializer(source="receivers")
    cells = serializers.SerializerMethodField(
        help_text="Of this page's owners and accounts; none where nothing is"
    )

    def get_cells(self, shown: SharingMap) -> list[dict[str, Any]]:
        ids = {head.party.key: head.party.public_id for head in [*shown.owners.heads, *shown.receivers.heads]}
        pairs = shown.cells.items()
        rows = [
            {"owner": ids[owner], "account": ids[account], "resources": cell.total, "by_rule": cell.by_rule}
            for (owner, account), cell in pairs
        ]
        return list(CellSerializer(rows, many=True).data)


class MapAPI(OrganizationAPI):
    """Who shares how much with whom, now. Those with most shares come first, 20 to a page."""

    required = {"GET": Action.VIEW}

    @extend_schema(parameters=PARAMETERS, responses=MapSerializer)
    def get(self, request: Request, code: str) -> Response:
        wanted = MapFilter(request.query_params).wanted()
        return Response(MapSerializer(sharing_map(self.organization, wanted)).data)


urlpatterns = [
    path("organizations/<str:code>/sharing-map/", MapAPI.as_view(), name="api-sharing-map"),
]
