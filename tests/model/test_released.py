import pytest

from rtdreamer.errors import CheckpointError
from rtdreamer.model.released import find_model, released_models


@pytest.fixture
def folders(tmp_path):
    packaged, checkout = tmp_path / "packaged", tmp_path / "checkout"
    for folder, names in ((packaged, ("b",)), (checkout, ("a", "b"))):
        folder.mkdir()
        for name in names:
            (folder / f"{name}.safetensors").touch()
    (checkout / "README.md").touch()
    return packaged, checkout


def test_released_models_are_listed_once(folders):
    assert released_models(folders) == ("a", "b")


def test_a_name_is_looked_up_in_order(folders):
    packaged, checkout = folders
    assert find_model("a", folders) == checkout / "a.safetensors"
    assert find_model("b", folders) == packaged / "b.safetensors"


def test_a_path_is_taken_as_it_is(folders):
    path = folders[1] / "a.safetensors"
    assert find_model(path, folders) == path
    assert find_model(str(path), folders) == path


@pytest.mark.parametrize("asked", ["c", "a.safetensors", "nowhere/a"])
def test_what_is_not_there_is_answered_with_what_is(folders, asked):
    with pytest.raises(CheckpointError, match=f"{asked}.*one of: a, b"):
        find_model(asked, folders)


@pytest.mark.parametrize("asked", ["x" * 300, "x" * 300 + ".safetensors", "a\0", "b/" + "x" * 5000])
def test_a_name_that_no_file_can_have_is_no_model(folders, asked):
    with pytest.raises(CheckpointError, match="one of: a, b") as caught:
        find_model(asked, folders)
    assert len(str(caught.value)) < 200


def test_missing_folders_hold_nothing(tmp_path):
    assert released_models((tmp_path / "none",)) == ()
    with pytest.raises(CheckpointError, match="none"):
        find_model("a", (tmp_path / "none",))
