from django.contrib.auth.decorators import login_not_required
from django.urls import path

from users import views

app_name = "users"
urlpatterns = [
    path("language/", login_not_required(views.set_language), name="set-language"),
    path("theme/", login_not_required(views.set_theme), name="set-theme"),
]
