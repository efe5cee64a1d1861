"""`make run`: broker, migrations, web, workers, beat and LINE's side in one terminal, until Ctrl-C."""

import contextlib
import http.client
import json
import os
import sys
import time

from scripts import broker, preflight
from scripts.broker import Broker
from scripts.console import Console
from scripts.preflight import HOST, NotReadyError, Place
from scripts.processes import Spec, Supervisor
from scripts.stopping import Stop

PYTHON = sys.executable
NODE = ["--without-gossip", "--without-mingle"]
# Celery says it at every start by root, to people who run a demonstration in a container.
NO_ROOT_WARNING = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}
READY_SECONDS = 90.0


def shared_environment(place: Place, redis_url: str) -> dict[str, str]:
    """What every process is told; what was set outside wins where that makes sense."""
    given = {name: value for name, value in os.environ.items() if value}
    return {
        "DATA_DIR": str(place.data),
        "PORT": str(place.port),
        "EMULATOR_PORT": str(place.emulator_port),
        "REDIS_URL": redis_url,
        "SITE_URL": given.get("SITE_URL", place.web),
        "LINE_ADS_BASE_URL": given.get("LINE_ADS_BASE_URL", place.emulator),
    }


def manage(name: str, environment: dict[str, str]) -> Spec:
    return Spec(name, [PYTHON, "manage.py", name], environment)


def emulator(place: Place, environment: dict[str, str]) -> Spec:
    own = {"EMULATOR_CONSOLE": "1", "EMULATOR_DIR": str(place.data / "emulator")}
    return Spec("emulator", [PYTHON, "-m", "emulator"], {**environment, **own})


def web(place: Place, environment: dict[str, str]) -> Spec:
    listen = ["--host", HOST, "--port", str(place.port), "--interface", "wsgi", "--http", "1", "--no-ws"]
    workers = ["--workers", "2", "--blocking-threads", "4", "--respawn-failed-workers"]
    ending = ["--workers-kill-timeout", "2"]
    command = [PYTHON, "-m", "granian", *listen, *workers, *ending, "bizmanager.wsgi:application"]
    return Spec("web", command, environment)


def celery(name: str, environment: dict[str, str], *arguments: str) -> Spec:
    command = [PYTHON, "-m", "celery", "-A", "bizmanager", "--quiet", *arguments]
    return Spec(name, command, {**environment, **NO_ROOT_WARNING})


def background(environment: dict[str, str]) -> list[Spec]:
    worker = ["worker", "-Q", "plan,send,mail,mirror", "-c", "2", "-n", "work@%h", "-l", "info", *NODE]
    tick = ["worker", "-Q", "tick", "-c", "1", "-P", "solo", "-n", "tick@%h", "-l", "warning", *NODE]
    beat = ["beat", "--pidfile=", "-l", "warning"]
    return [
        celery("worker", environment, *worker),
        celery("tick", environment, *tick),
        celery("beat", environment, *beat),
    ]


def is_ready(place: Place) -> tuple[bool, str]:
    """Whether the console says that it can work, and otherwise what it says."""
    connection = http.client.HTTPConnection(HOST, place.port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status == http.HTTPStatus.OK, answer.read(2000).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return False, str(error)
    finally:
        connection.close()


def wait_until_ready(place: Place, supervisor: Supervisor) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    next_look, said = 0.0, ""
    while not supervisor.must_stop() and time.monotonic() < deadline:
        if time.monotonic() >= next_look:
            ready, said = is_ready(place)
            if ready:
                return True
            next_look = time.monotonic() + 1
        supervisor.step()
    if not supervisor.must_stop():
        supervisor.console.say(f"The console is not ready after {READY_SECONDS:g} s: {said}")
    return False


def welcome(place: Place, console: Console) -> None:
    """Addresses and demo logins, from the file that the demo data left."""
    lines = ["", f"Console   {place.web}", f"Emulator  {place.emulator}  (LINE's side)"]
    with contextlib.suppress(OSError, ValueError, KeyError):
        users = json.loads((place.data / "demo.json").read_text(encoding="utf-8"))["users"]
        lines += [
            "",
            "Log in with",
            *[f"  {user['email']:<34} {user['password']:<20} {user['role']}" for user in users],
        ]
    for line in [*lines, "", "Ctrl-C stops everything.", ""]:
        console.say(line)


def start(place: Place, chosen: Broker, supervisor: Supervisor) -> int:
    """Start everything in order of need; 0 when it runs."""
    supervisor.console.say(chosen.warning) if chosen.warning else None
    environment = shared_environment(place, chosen.url)
    if chosen.spec:
        supervisor.start(chosen.spec)
    supervisor.start(emulator(place, environment))
    if code := supervisor.run(manage("migrate", environment)):
        return code
    if not broker.wait(chosen.url):
        supervisor.console.say("The broker does not answer yet; runs wait until it does.")
    for spec in [web(place, environment), *background(environment)]:
        supervisor.start(spec)
    return present(place, supervisor, environment)


def present(place: Place, supervisor: Supervisor, environment: dict[str, str]) -> int:
    """Load the demo data once the console can work, and say where everything is."""
    if wait_until_ready(place, supervisor) and os.environ.get("DEMO", "1") != "0":
        supervisor.run(manage("demo", environment))
    if not supervisor.must_stop():
        welcome(place, supervisor.console)
    return 0


def supervise(place: Place, chosen: Broker, console: Console) -> int:
    supervisor = Supervisor(console, Stop())
    # Whoever waits for this file wants the one of this start.
    (place.data / "demo.json").unlink(missing_ok=True)
    try:
        code = start(place, chosen, supervisor)
        while not code and not supervisor.must_stop():
            supervisor.step()
    finally:
        console.say("Stopping.")
        supervisor.stop()
    return 0 if supervisor.must_stop() else code


def main() -> int:
    try:
        place = preflight.read_place(os.environ)
        preflight.check(place)
        with preflight.claim(place.data):
            chosen = broker.choose(os.environ, place.data)
            console = Console()
            code = supervise(place, chosen, console)
            console.close()
            return code
    except NotReadyError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
