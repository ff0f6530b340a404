from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.services import make_service


@pytest.fixture(scope="session")
def service_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("service")
    make_service(folder)
    return folder
