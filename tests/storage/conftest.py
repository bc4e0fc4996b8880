"""A folder for an embedded server of a test's own."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tidings.storage import postmaster as postmasters


@pytest.fixture
def data_dir(tmp_path: Path) -> Generator[Path]:
    """A folder for one installation; a server that a failed test left behind is stopped."""
    folder = tmp_path / "data"
    yield folder
    for database in folder.parent.rglob("postmaster.pid"):
        postmasters.stop(database.parent)
