"""The door for the web server."""

import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bizmanager.settings")

_django = get_wsgi_application()


def own(environ: WSGIEnvironment) -> WSGIEnvironment:
    """The request without the process's environment.

    The server mixes the two, and what is kept of a request (a form that waits for a password, an error
    report) would keep the console's keys with it.
    """
    return {
        name: value
        for name, value in environ.items()
        if name.startswith(("HTTP_", "wsgi.")) or os.environ.get(name) != value
    }


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return _django(own(environ), start_response)
