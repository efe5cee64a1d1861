"""Installing: what is skipped, what is done again, and the one line for a Python that is too old."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scripts import bootstrap
from scripts.bootstrap import DEV, RUN, UV, Environment

OLD = (3, 9, 2)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment that is there, with nothing installed."""
    made = Environment(tmp_path)
    (made.path / "bin").mkdir(parents=True)
    Path(made.python).symlink_to(sys.executable)
    (made.path / "pyvenv.cfg").write_text("version = 3.11.7\n")
    for name in (RUN, DEV, UV):
        (tmp_path / name).write_text(f"# {name}\n")
    return made


def test_an_old_python_gets_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(SystemExit) as ended:
        bootstrap.interpreter("/usr/bin/python3", OLD)

    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "Python 3.11 or newer is needed; /usr/bin/python3 is 3.9.2" in line


def test_a_newer_python_on_the_path_stands_in_for_an_old_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newer = tmp_path / "python3.12"
    newer.symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bootstrap.interpreter("/usr/bin/python3", OLD) == str(newer)


def test_a_command_that_only_looks_like_a_python_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, body in {"python3.13": "exit 127", "python3.12": f'exec "{sys.executable}" "$@"'}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bootstrap.interpreter("/usr/bin/python3", OLD) == str(tmp_path / "python3.12")


def test_a_python_without_its_venv_module_says_what_to_install() -> None:
    assert "apt install python3-venv" in bootstrap.complaint("/usr/bin/python3", (3, 12, 0))


def test_nothing_is_installed_twice(environment: Environment) -> None:
    environment.mark(RUN)

    assert environment.is_current(RUN)
    assert not environment.is_current(DEV)


def test_the_tools_bring_the_product_along(environment: Environment) -> None:
    environment.mark(DEV)

    assert environment.is_current(RUN)
    assert environment.is_current(DEV)


@pytest.mark.parametrize("changed", [RUN, ".venv/pyvenv.cfg"])
def test_new_pins_or_another_python_install_again(environment: Environment, changed: str) -> None:
    environment.mark(RUN)
    (environment.root / changed).write_text("something else")

    assert not environment.is_current(RUN)


def test_an_installation_that_failed_leaves_no_stamp(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.mark(RUN)
    monkeypatch.setattr(bootstrap, "has_uv", lambda environment: False)
    monkeypatch.setattr(bootstrap, "pip_install", lambda environment, requirements: ["false"])

    with pytest.raises(SystemExit):
        bootstrap.install(environment, RUN)

    assert not environment.is_current(RUN)


@pytest.mark.parametrize("uv", [["false"], ["true"]])
def test_pip_installs_when_uv_cannot(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uv: list[str]
) -> None:
    asked = tmp_path / "pip-was-asked"
    monkeypatch.setattr(bootstrap, "has_uv", lambda environment: True)
    monkeypatch.setattr(bootstrap, "uv_install", lambda environment, requirements: uv)
    monkeypatch.setattr(bootstrap, "pip_install", lambda environment, requirements: ["touch", str(asked)])

    bootstrap.install(environment, RUN)

    assert asked.exists() == (uv == ["false"])
    assert environment.is_current(RUN)


def test_uv_is_told_the_mirror_that_pip_was_configured_with(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configuration = tmp_path / "pip.conf"
    configuration.write_text("[global]\nindex-url = https://mirror.example/simple\ncert = /ca.pem\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    for name in ("PIP_CERT", "SSL_CERT_FILE", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)

    told = bootstrap.uv_environment(sys.executable)

    assert told["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert told["SSL_CERT_FILE"] == "/ca.pem"
