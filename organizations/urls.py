from django.urls import path

from organizations import (
    factor_views,
    founding_views,
    invitation_views,
    invited_views,
    member_views,
    session_views,
    settings_views,
    token_views,
    views,
)

app_name = "organizations"
urlpatterns = [
    path("organizations/new/", founding_views.new, name="new"),
    path("organizations/<str:code>/history/", views.history, name="history"),
    path("organizations/<str:code>/history.csv", views.history_csv, name="history-csv"),
    path("organizations/<str:code>/members/", invitation_views.members, name="members"),
    path("organizations/<str:code>/members/leave/", member_views.leave, name="leave"),
    path("organizations/<str:code>/members/<uuid:pk>/", member_views.member, name="member"),
    path("organizations/<str:code>/members/<uuid:pk>/role/", member_views.change_role, name="change-role"),
    path("organizations/<str:code>/members/<uuid:pk>/remove/", member_views.remove, name="remove-member"),
    path("organizations/<str:code>/invitations/", invitation_views.invite, name="invite"),
    path(
        "organizations/<str:code>/invitations/<uuid:pk>/revoke/",
        invitation_views.revoke,
        name="revoke-invitation",
    ),
    path("invite/", invited_views.invitation, name="invitation"),
    path("invite/accept/", invited_views.accept, name="accept-invitation"),
    path("invite/<str:token>/", invited_views.open_invitation, name="open-invitation"),
    path("organizations/<str:code>/settings/", settings_views.settings_page, name="settings"),
    path(
        "organizations/<str:code>/settings/safeguards/",
        settings_views.change_safeguards,
        name="change-safeguards",
    ),
    path("organizations/<str:code>/business-info/", founding_views.business_info_page, name="business-info"),
    path("organizations/<str:code>/business-info/save/", founding_views.save, name="save-business-info"),
    path("organizations/<str:code>/business-info/send-mail/", founding_views.send_proof, name="send-proof"),
    path("organizations/<str:code>/business-info/resubmit/", founding_views.resubmit, name="resubmit"),
    path("organizations/<str:code>/delete/", founding_views.delete, name="delete"),
    path("confirm-address/<str:token>/", founding_views.confirm_address, name="confirm-address"),
    path("organizations/<str:code>/second-factor/", factor_views.asked, name="second-factor"),
    path("preferences/sessions/", session_views.session_list, name="sessions"),
    path("preferences/sessions/end-others/", session_views.end_other_sessions, name="end-other-sessions"),
    path("preferences/sessions/<int:pk>/end/", session_views.end_session, name="end-session"),
    path("preferences/tokens/", token_views.token_list, name="tokens"),
    path("preferences/tokens/make/", token_views.make, name="make-token"),
    path("preferences/tokens/<uuid:pk>/revoke/", token_views.revoke, name="revoke-token"),
]
