import pytest


@pytest.fixture
def storage_dir(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path / "storage"
    return settings.STORAGE_DIR
