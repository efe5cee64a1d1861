from django.urls import path

from organizations import views

app_name = "organizations"
urlpatterns = [
    path("organizations/<str:code>/history/", views.history, name="history"),
    path("organizations/<str:code>/history.csv", views.history_csv, name="history-csv"),
    path("organizations/<str:code>/members/", views.members, name="members"),
]
