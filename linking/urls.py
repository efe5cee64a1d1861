"""Pages of linking: the organization's side, the approval URL, the account's side."""

from django.urls import path, register_converter

from linking import account_views, approval_views, key_views, move_views, review_views, views
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
    path(ORGANIZATION + "moves/<uuid:pk>/cancel/", move_views.cancel, name="cancel-move"),
    path(ORGANIZATION + "accounts/<account_kind:kind>/", views.account_list, name="account-list"),
    path(ORGANIZATION + "api-keys/", key_views.key_list, name="key-list"),
    path(ORGANIZATION + "api-keys/new/", key_views.key_new, name="key-new"),
    path(ORGANIZATION + "api-keys/add/", key_views.add, name="add-key"),
    path(ORGANIZATION + "api-keys/<uuid:pk>/", key_views.key, name="key"),
    path(ORGANIZATION + "api-keys/<uuid:pk>/check/", key_views.check, name="check-key"),
    path(ORGANIZATION + "api-keys/<uuid:pk>/new-secret/", key_views.secret_new, name="secret-new"),
    path(ORGANIZATION + "api-keys/<uuid:pk>/replace/", key_views.replace, name="replace-secret"),
    path("approve/", approval_views.approval, name="approval"),
    path("approve/<str:token>/", approval_views.open_approval, name="open-approval"),
    path("accounts/", account_views.account_list, name="own-accounts"),
    path(ACCOUNT + "settings/", account_views.account_settings, name="account-settings"),
    path(ACCOUNT + "settings/link/", account_views.issue, name="issue-request"),
    path(ACCOUNT + "requests/<uuid:pk>/cancel/", account_views.cancel, name="cancel-request"),
]
