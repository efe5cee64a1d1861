from django.urls import path

from audiences import change_views, creating_views, destination_views, mirror_views, run_views, views

app_name = "audiences"
ORGANIZATION = "organizations/<str:code>/"

urlpatterns = [
    path(f"{ORGANIZATION}datasets/", views.dataset_list, name="dataset-list"),
    path(f"{ORGANIZATION}datasets/upload/", views.upload, name="upload"),
    path(f"{ORGANIZATION}datasets/<uuid:pk>/", views.dataset, name="dataset"),
    path(f"{ORGANIZATION}datasets/<uuid:pk>/erase/", views.dataset_erase, name="dataset-erase"),
    path(f"{ORGANIZATION}datasets/<uuid:pk>/destination/", destination_views.destination, name="destination"),
    path(f"{ORGANIZATION}connectors/", views.connector_list, name="connector-list"),
    path(f"{ORGANIZATION}connectors/<uuid:pk>/", views.connector, name="connector"),
    path(f"{ORGANIZATION}connectors/<uuid:pk>/run/", views.connector_run, name="connector-run"),
    path(f"{ORGANIZATION}runs/", run_views.run_list, name="run-list"),
    path(f"{ORGANIZATION}runs.csv", run_views.run_csv, name="run-csv"),
    path(f"{ORGANIZATION}runs/<uuid:pk>/", run_views.run, name="run"),
    path(f"{ORGANIZATION}runs/<uuid:pk>/rejects.csv", run_views.run_rejects, name="run-rejects"),
    path(f"{ORGANIZATION}runs/<uuid:pk>/send/", run_views.run_send, name="run-send"),
    path(f"{ORGANIZATION}runs/<uuid:pk>/cancel/", run_views.run_cancel, name="run-cancel"),
    path(f"{ORGANIZATION}runs/<uuid:pk>/resume/", run_views.run_resume, name="run-resume"),
    path(f"{ORGANIZATION}audiences/refresh/", mirror_views.refresh_all, name="refresh-all"),
    path(f"{ORGANIZATION}audiences/new/", creating_views.choose_kind, name="choose-kind"),
    path(f"{ORGANIZATION}audiences/new/<slug:offer>/", creating_views.create, name="create"),
    path(f"{ORGANIZATION}audiences/<uuid:pk>/rename/", change_views.rename, name="rename"),
    path(f"{ORGANIZATION}audiences/<uuid:pk>/delete/", change_views.delete, name="delete"),
    path(f"{ORGANIZATION}accounts/<uuid:pk>/refresh/", mirror_views.refresh, name="refresh"),
]
