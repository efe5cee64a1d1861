from django.urls import path

from resources import (
    asking_views,
    bulk_views,
    file_views,
    map_views,
    request_views,
    rule_views,
    sharing_views,
    views,
)

app_name = "resources"
BULK = "organizations/<str:code>/bulk-shares/"
REQUESTS = "organizations/<str:code>/requests/shares/"
urlpatterns = [
    path("organizations/<str:code>/audiences/", views.audience_list, name="audience-list"),
    path("organizations/<str:code>/audiences/<uuid:pk>/", views.audience, name="audience"),
    path("organizations/<str:code>/accounts/<uuid:pk>/", views.account, name="account"),
    path(
        "organizations/<str:code>/accounts/<uuid:pk>/add-resource/",
        sharing_views.add_resource,
        name="add-resource",
    ),
    path(
        "organizations/<str:code>/accounts/<uuid:pk>/share-everything/",
        sharing_views.share_everything,
        name="share-everything",
    ),
    path("organizations/<str:code>/shares/stop/", sharing_views.stop_sharing, name="stop-sharing"),
    path("organizations/<str:code>/shares/export/", file_views.export_shares, name="export-shares"),
    path("organizations/<str:code>/shares/import/", file_views.import_shares, name="import-shares"),
    path(BULK, bulk_views.bulk_list, name="bulk-list"),
    path(BULK + "new/", bulk_views.new_bulk, name="new-bulk"),
    path(BULK + "<uuid:pk>/", bulk_views.bulk_change, name="bulk"),
    path(BULK + "<uuid:pk>/resources/", bulk_views.choose_resources, name="bulk-resources"),
    path(BULK + "<uuid:pk>/accounts/", bulk_views.choose_accounts, name="bulk-accounts"),
    path(BULK + "<uuid:pk>/check/", bulk_views.check_bulk, name="check-bulk"),
    path(BULK + "<uuid:pk>/start/", bulk_views.start_bulk, name="start-bulk"),
    path(BULK + "<uuid:pk>/cancel/", bulk_views.cancel_bulk, name="cancel-bulk"),
    path(BULK + "<uuid:pk>/report/", bulk_views.bulk_report, name="bulk-report"),
    path("organizations/<str:code>/sharing-rules/", rule_views.rule_list, name="rules"),
    path("organizations/<str:code>/sharing-rules/new/", rule_views.new_rule, name="new-rule"),
    path("organizations/<str:code>/sharing-rules/<uuid:pk>/", rule_views.rule, name="rule"),
    path(
        "organizations/<str:code>/sharing-rules/<uuid:pk>/change/",
        rule_views.change_rule,
        name="change-rule",
    ),
    path("organizations/<str:code>/sharing-rules/<uuid:pk>/stop/", rule_views.stop_rule, name="stop-rule"),
    path("organizations/<str:code>/accounts/<uuid:pk>/ask/", asking_views.ask, name="ask"),
    path("organizations/<str:code>/audiences/<uuid:pk>/ask/", asking_views.ask_for, name="ask-for"),
    path(REQUESTS, request_views.share_requests, name="share-requests"),
    path(REQUESTS + "<uuid:pk>/", request_views.share_request, name="share-request"),
    path(REQUESTS + "<uuid:pk>/grant/", request_views.grant, name="grant-share-request"),
    path(REQUESTS + "<uuid:pk>/refuse/", request_views.refuse, name="refuse-share-request"),
    path(REQUESTS + "<uuid:pk>/withdraw/", request_views.withdraw, name="withdraw-share-request"),
    path("organizations/<str:code>/sharing-map/", map_views.map_page, name="sharing-map"),
    path("organizations/<str:code>/sharing-map/<uuid:pk>/", map_views.shared_between, name="shared-between"),
    path("accounts/<uuid:account_id>/audiences/", views.received, name="received"),
    path("accounts/<uuid:account_id>/audiences/ask/", asking_views.ask_in_words, name="ask-in-words"),
    path(
        "accounts/<uuid:account_id>/share-requests/<uuid:pk>/withdraw/",
        asking_views.withdraw,
        name="withdraw-own-request",
    ),
]
