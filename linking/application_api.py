"""REST of Talk Head View applications once sent: withdrawn by a manager, answered by an operator."""

from __future__ import annotations

import uuid

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from linking import applications, installation
from linking.access import managed_account
from linking.installation_api import InstallationListAPI, filtered_by
from linking.installation_serializers import AskedApplicationDetailSerializer, AskedApplicationSerializer
from linking.models import Account, TalkHeadViewApplication
from linking.registry_forms import ApplicationFilter
from linking.serializers import ApplicationSerializer, RejectBody
from organizations.api import DoorAPI, InstallationAPI
from users.models import Scope


class WithdrawAPI(DoorAPI):
    """Take the account's application back, as long as nobody has answered it."""

    scopes = {"POST": Scope.REQUEST}

    @extend_schema(request=None, responses=ApplicationSerializer)
    def post(self, request: Request, account: str) -> Response:
        own = managed_account(self.person, account, Account.Kind.TALK_HEAD_VIEW)
        newest = own.applications.select_related("account").order_by("-asked_at", "id").first()
        if newest is None:
            raise Http404
        applications.withdraw(newest, by=self.person)
        return Response(ApplicationSerializer(newest).data)


@filtered_by(ApplicationFilter)
class ApplicationsAPI(InstallationListAPI):
    """What waits comes first, oldest on top; then what was answered, newest on top."""

    serializer_class = AskedApplicationSerializer
    rows = installation.applications


class OneApplicationAPI(InstallationAPI):
    def find(self, pk: uuid.UUID) -> TalkHeadViewApplication:
        asked: TalkHeadViewApplication = get_object_or_404(installation.applications({}), pk=pk)
        return asked

    def told(self, pk: uuid.UUID) -> Response:
        return Response(AskedApplicationDetailSerializer(self.find(pk)).data)


class AskedApplicationAPI(OneApplicationAPI):
    """One application, with the account that it is about."""

    scopes = {"GET": Scope.READ}

    @extend_schema(responses=AskedApplicationDetailSerializer)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        return self.told(pk)


class GrantAPI(OneApplicationAPI):
    """From now on the account's managers may ask organizations to take it in. Nothing is linked by this."""

    scopes = {"POST": Scope.APPROVE}

    @extend_schema(request=None, responses=AskedApplicationDetailSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        applications.grant(self.find(pk), by=self.person)
        return self.told(pk)


class RefuseAPI(OneApplicationAPI):
    """The account's managers read the reason and can apply again."""

    scopes = {"POST": Scope.APPROVE}

    @extend_schema(request=RejectBody, responses=AskedApplicationDetailSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        asked, body = self.find(pk), RejectBody(data=request.data)
        body.is_valid(raise_exception=True)
        applications.refuse(asked, reason=body.validated_data["reason"], by=self.person)
        return self.told(pk)


APPLICATIONS = "installation/applications/"
APPLICATION = APPLICATIONS + "<uuid:pk>/"
urlpatterns = [
    path("accounts/<str:account>/application/withdraw/", WithdrawAPI.as_view(), name="api-withdraw"),
    path(APPLICATIONS, ApplicationsAPI.as_view(), name="api-applications"),
    path(APPLICATION, AskedApplicationAPI.as_view(), name="api-application"),
    path(APPLICATION + "grant/", GrantAPI.as_view(), name="api-grant-application"),
    path(APPLICATION + "refuse/", RefuseAPI.as_view(), name="api-refuse-application"),
]
