"""Wiring of the console: settings, URLs, API router, Celery. Nothing imports it."""
