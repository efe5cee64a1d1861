"""REST of several accounts moved at once: offered by the one organization, answered by the other."""

from __future__ import annotations

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from linking import joint_moves, services
from linking.errors import AccountsGone
from linking.models import JointMove, Link
from linking.serializers import ApproveBody, IssueBody, RejectBody, RequestSerializer, SentRequestSerializer
from organizations.api import OrganizationAPI
from organizations.permissions import Action


class MovesBody(IssueBody):
    accounts = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=joint_moves.MOST_ACCOUNTS,
        help_text="Ids of linked accounts",
    )


class StartedMoveSerializer(SentRequestSerializer):
    account = serializers.UUIDField(source="account_id", read_only=True)

    class Meta(SentRequestSerializer.Meta):
        fields = [*SentRequestSerializer.Meta.fields, "account"]


class StartedMovesSerializer(serializers.ModelSerializer[JointMove]):
    """What the present organization sees of its offer."""

    requests = serializers.SerializerMethodField()

    class Meta:
        model = JointMove
        fields = ["id", "issued_at", "requests"]

    @extend_schema_field(StartedMoveSerializer(many=True))
    def get_requests(self, joint_move: JointMove) -> Any:
        return StartedMoveSerializer(joint_moves.moves_of(joint_move), many=True).data


class OfferedMovesSerializer(StartedMovesSerializer):
    url = serializers.SerializerMethodField(help_text="Shown this once")

    class Meta(StartedMovesSerializer.Meta):
        fields = [*StartedMovesSerializer.Meta.fields, "url"]

    def get_url(self, joint_move: JointMove) -> str:
        return str(self.context["url"])


class JointMoveSerializer(serializers.ModelSerializer[JointMove]):
    """What the receiving organization decides on, and the digest that approval sends back."""

    facts_digest = serializers.SerializerMethodField()
    requests = serializers.SerializerMethodField()

    class Meta:
        model = JointMove
        fields = ["id", "issued_at", "facts_digest", "requests"]

    def get_facts_digest(self, joint_move: JointMove) -> str:
        return joint_moves.digest_of(joint_moves.moves_of(joint_move))

    @extend_schema_field(RequestSerializer(many=True))
    def get_requests(self, joint_move: JointMove) -> Any:
        moves = joint_moves.moves_of(joint_move)
        return RequestSerializer(moves, many=True, context=self.context).data


class MovesAPI(OrganizationAPI):
    """Offer several linked accounts to another organization: all of them, or none, under one URL."""

    required = {"POST": Action.MOVE}

    @extend_schema(request=MovesBody, responses={201: OfferedMovesSerializer})
    def post(self, request: Request, code: str) -> Response:
        body = MovesBody(data=request.data)
        body.is_valid(raise_exception=True)
        links = self.find(set(body.validated_data["accounts"]))
        receiver = body.validated_data["organization_id"]
        offered = services.start_moves(self.organization, links, receiver, by=self.person)
        answer = OfferedMovesSerializer(offered.joint_move, context={"url": offered.url})
        return Response(answer.data, status=status.HTTP_201_CREATED)

    def find(self, accounts: set[uuid.UUID]) -> list[Link]:
        own = self.organization.links.open().filter(account__in=accounts)
        links = list(own.select_related("account", "organization").order_by("account__name", "id"))
        if len(links) < len(accounts):
            raise AccountsGone
        return links


class CancelMovesAPI(OrganizationAPI):
    """Take back whatever of the offer nobody has answered."""

    required = {"POST": Action.MOVE}

    @extend_schema(request=None, responses=StartedMovesSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        joint_move = get_object_or_404(JointMove.objects.started_by(self.organization), pk=pk)
        services.cancel_moves(joint_move, by=self.person)
        return Response(StartedMovesSerializer(joint_move).data)


class OneJointMoveAPI(OrganizationAPI):
    def find(self, pk: uuid.UUID) -> JointMove:
        return get_object_or_404(JointMove.objects.offered_to(self.organization), pk=pk)

    def told(self, joint_move: JointMove) -> Response:
        return Response(JointMoveSerializer(joint_move, context={"request": self.request}).data)


class JointMoveAPI(OneJointMoveAPI):
    """Several accounts offered to the organization, with the facts to decide on."""

    required = {"GET": Action.VIEW}

    @extend_schema(responses=JointMoveSerializer)
    def get(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        return self.told(self.find(pk))


class ApproveMovesAPI(OneJointMoveAPI):
    """Take all of them over, or none. Approving again changes nothing and answers the same."""

    required = {"POST": Action.APPROVE}

    @extend_schema(request=ApproveBody, responses=JointMoveSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        joint_move, body = self.find(pk), ApproveBody(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        services.approve_moves(
            joint_move,
            by=self.person,
            typed_code=given["organization_id"],
            facts_digest=given["facts_digest"],
            shares_everything=given["shares_everything"],
        )
        return self.told(joint_move)


class RejectMovesAPI(OneJointMoveAPI):
    required = {"POST": Action.APPROVE}

    @extend_schema(request=RejectBody, responses=JointMoveSerializer)
    def post(self, request: Request, code: str, pk: uuid.UUID) -> Response:
        joint_move, body = self.find(pk), RejectBody(data=request.data)
        body.is_valid(raise_exception=True)
        services.reject_moves(joint_move, by=self.person, reason=body.validated_data["reason"])
        return self.told(joint_move)


ORGANIZATION = "organizations/<str:code>/"
TOGETHER = ORGANIZATION + "link-requests/together/<uuid:pk>/"
urlpatterns = [
    path(ORGANIZATION + "moves/", MovesAPI.as_view(), name="api-moves"),
    path(
        ORGANIZATION + "moves/together/<uuid:pk>/cancel/", CancelMovesAPI.as_view(), name="api-cancel-moves"
    ),
    path(TOGETHER, JointMoveAPI.as_view(), name="api-joint-move"),
    path(TOGETHER + "approve/", ApproveMovesAPI.as_view(), name="api-approve-moves"),
    path(TOGETHER + "reject/", RejectMovesAPI.as_view(), name="api-reject-moves"),
]
