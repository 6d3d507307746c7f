import pytest

from tests import brief_dreamer


@pytest.fixture
def path(tmp_path):
    """A file of two people, ``brief_dreamer.Brief``."""
    path = tmp_path / "DREAMER.mat"
    path.write_bytes(brief_dreamer.content())
    return path
