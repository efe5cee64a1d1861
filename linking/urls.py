"""Pages of linking: the organization's side, the approval URL, the account's side."""

from django.urls import path, register_converter

from linking import (
    account_views,
    application_views,
    approval_views,
    entity_views,
    joint_views,
    key_views,
    move_views,
    registry_views,
    review_views,
    taking_views,
    verdict_views,
    views,
)
from linking.models import Account


class AccountKindConverter:
    regex = "official|ads|talk-head-view"

    def to_python(self, value: str) -> Account.Kind:
        return Account.Kind(value.upper().replace("-", "_"))

    def to_url(self, value: str) -> str:
        return value.lower().replace("_", "-")


register_converter(AccountKindConverter, "account_kind")

ORGANIZATION = "organizations/<str:code>/"
ACCOUNT = "accounts/<uuid:account_id>/"
REGISTER = "installation/accounts/"
ENTITIES = "installation/legal-entities/"
APPLICATIONS = "installation/talk-head-view/"
ORGANIZATION_REVIEWS = "installation/organizations/"
LINK_REVIEWS = "installation/links/"

app_name = "linking"
urlpatterns = [
    path(ORGANIZATION + "requests/", views.request_list, name="request-list"),
    path(ORGANIZATION + "requests/<uuid:pk>/", views.decide, name="request"),
    path(ORGANIZATION + "requests/<uuid:pk>/approve/", views.approve, name="approve-request"),
    path(ORGANIZATION + "requests/<uuid:pk>/reject/", views.reject, name="reject-request"),
    path(ORGANIZATION + "accounts/<uuid:account_id>/move/", move_views.move, name="move"),
    path(ORGANIZATION + "accounts/<uuid:account_id>/move/start/", move_views.start, name="start-move"),
    path(ORGANIZATION + "accounts/<uuid:account_id>/review/", review_views.review, name="review"),
    path(
        ORGANIZATION + "accounts/<uuid:account_id>/review/resubmit/",
        review_views.resubmit,
        name="resubmit-review",
    ),
    path(ORGANIZATION + "moves/new/", joint_views.new, name="moves-new"),
    path(ORGANIZATION + "moves/start/", joint_views.start, name="start-moves"),
    path(ORGANIZATION + "moves/together/<uuid:pk>/", joint_views.started, name="started-moves"),
    path(ORGANIZATION + "moves/together/<uuid:pk>/cancel/", joint_views.cancel, name="cancel-moves"),
    path(ORGANIZATION + "requests/together/<uuid:pk>/", taking_views.joint_move, name="joint-move"),
    path(ORGANIZATION + "requests/together/<uuid:pk>/approve/", taking_views.approve, name="approve-moves"),
    path(ORGANIZATION + "requests/together/<uuid:pk>/reject/", taking_views.reject, name="reject-moves"),
    path(ORGANIZATION + "moves/<uuid:pk>/cancel/", move_views.cancel, name="cancel-move"),
    path(ORGANIZATION + "accounts/<account_kind:kind>/", views.account_list, name="account-list"),
    path(ORGANIZATION + "api-keys/", key_views.key_list, name="key-list"),
    path(ORGANIZATION + "api-keys/new/", key_views.key_new, name="key-new"),
    path(ORGANIZATION + "api-keys/add/", key_views.add, name="add-key"),
    path(ORGANIZATION + "api-keys/<uuid:pk>/", key_views.key, name="key"),
    path(ORGANIZATION + "api-keys/<uuid:pk>/check/", key_views.check, name="check-key"),
    path(ORGANIZATION + "api-keys/<uuid:pk>/new-secret/", key_views.secret_new, name="secret-new"),
    path(ORGANIZATION + "api-keys/<uuid:pk>/replace/", key_views.replace, name="replace-secret"),
    path(ORGANIZATION + "api-keys/<uuid:pk>/register/", key_views.register, name="prove-account"),
    path(ORGANIZATION_REVIEWS, verdict_views.organization_list, name="organization-reviews"),
    path(ORGANIZATION_REVIEWS + "<uuid:pk>/", verdict_views.organization, name="organization-review"),
    path(
        ORGANIZATION_REVIEWS + "<uuid:pk>/decide/",
        verdict_views.decide_organization,
        name="decide-organization",
    ),
    path(LINK_REVIEWS, verdict_views.link_list, name="link-reviews"),
    path(LINK_REVIEWS + "<uuid:pk>/", verdict_views.link, name="link-review"),
    path(LINK_REVIEWS + "<uuid:pk>/decide/", verdict_views.decide_link, name="decide-link"),
    path("approve/", approval_views.approval, name="approval"),
    path("approve/<str:token>/", approval_views.open_approval, name="open-approval"),
    path("accounts/", account_views.account_list, name="own-accounts"),
    path(ACCOUNT + "settings/", account_views.account_settings, name="account-settings"),
    path(ACCOUNT + "settings/link/", account_views.issue, name="issue-request"),
    path(ACCOUNT + "requests/<uuid:pk>/cancel/", account_views.cancel, name="cancel-request"),
    path(ACCOUNT + "application/", application_views.apply, name="apply"),
    path(ACCOUNT + "applications/<uuid:pk>/withdraw/", application_views.withdraw, name="withdraw"),
    path(REGISTER, registry_views.register, name="register"),
    path(REGISTER + "new/<account_kind:kind>/", registry_views.register_new, name="register-new"),
    path(REGISTER + "new/<account_kind:kind>/add/", registry_views.register_account, name="register-account"),
    path(REGISTER + "<uuid:account_id>/", registry_views.registered, name="registered"),
    path(REGISTER + "<uuid:account_id>/change/", registry_views.change_account, name="change-account"),
    path(REGISTER + "<uuid:account_id>/managers/add/", registry_views.add_manager, name="add-manager"),
    path(
        REGISTER + "<uuid:account_id>/managers/<uuid:user>/remove/",
        registry_views.remove_manager,
        name="remove-manager",
    ),
    path(ENTITIES, entity_views.entity_list, name="entities"),
    path(ENTITIES + "<uuid:pk>/", entity_views.entity, name="entity"),
    path(ENTITIES + "<uuid:pk>/confirm/", entity_views.confirm, name="confirm-entity"),
    path(ENTITIES + "<uuid:pk>/unconfirm/", entity_views.unconfirm, name="unconfirm-entity"),
    path(ENTITIES + "<uuid:pk>/rename/", entity_views.rename, name="rename-entity"),
    path(ENTITIES + "<uuid:pk>/merge/", entity_views.merge, name="merge"),
    path(ENTITIES + "<uuid:pk>/merge/now/", entity_views.merge_entities, name="merge-entities"),
    path(APPLICATIONS, application_views.application_list, name="applications"),
    path(APPLICATIONS + "<uuid:pk>/", application_views.application, name="application"),
    path(APPLICATIONS + "<uuid:pk>/grant/", application_views.grant, name="grant-application"),
    path(APPLICATIONS + "<uuid:pk>/refuse/", application_views.refuse, name="refuse-application"),
]
