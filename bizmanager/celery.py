"""Celery wiring. The database is the truth; every message is a nudge that may be lost or doubled."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bizmanager.settings")

app = Celery("bizmanager")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["audiences", "organizations", "resources"])
