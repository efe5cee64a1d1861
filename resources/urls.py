from django.urls import path

from resources import rule_views, sharing_views, views

app_name = "resources"
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
    path("organizations/<str:code>/sharing-rules/", rule_views.rule_list, name="rules"),
    path("organizations/<str:code>/sharing-rules/new/", rule_views.new_rule, name="new-rule"),
    path("organizations/<str:code>/sharing-rules/<uuid:pk>/", rule_views.rule, name="rule"),
    path(
        "organizations/<str:code>/sharing-rules/<uuid:pk>/change/",
        rule_views.change_rule,
        name="change-rule",
    ),
    path("organizations/<str:code>/sharing-rules/<uuid:pk>/stop/", rule_views.stop_rule, name="stop-rule"),
    path("accounts/<uuid:account_id>/audiences/", views.received, name="received"),
]
