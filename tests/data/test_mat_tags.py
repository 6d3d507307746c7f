"""The tags of MAT-files, as scipy writes them, and one at a time made to lie."""

import struct

import numpy as np
import pytest
from scipy import io

from rtdreamer.data.mat_tags import byte_order, check_tags
from tests.mat_bytes import MATRIX, array, big_endian, element, elements

TWO_CELLS = np.array([np.arange(40.0), "text"], dtype=object)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "x.mat"
    io.savemat(path, {"x": TWO_CELLS, "y": 300.0})
    return path


def changed(path, which, kind=None, size=None):
    """Let the ``which``-th tag of an uncompressed file say something else."""
    content = bytearray(path.read_bytes())
    tag = elements(bytes(content))[which]
    if kind is not None:
        struct.pack_into("<I", content, tag.at, kind)
    if size is not None:
        struct.pack_into("<I", content, tag.at + 4, size)
    path.write_bytes(content)


def test_the_tags_of_a_good_file_pass_either_way_round(path):
    check_tags(path)
    content = path.read_bytes()
    path.write_bytes(big_endian(content))
    check_tags(path)
    assert big_endian(content) != content
    with path.open("rb") as file:
        assert byte_order(file) == ">"
    assert np.array_equal(io.loadmat(path)["x"][0, 0], [np.arange(40.0)])


def test_a_file_of_another_level_is_passed_over(tmp_path):
    path = tmp_path / "x.mat"
    io.savemat(path, {"x": np.arange(3.0)}, format="4")
    check_tags(path)
    with path.open("rb") as file:
        assert byte_order(file) is None


# The first array is of cells: its flags, its dimensions and its name come next.
@pytest.mark.parametrize(
    ("which", "size", "said"),
    [
        (0, 1 << 31, "cut short"),
        (0, 12, "without its flags"),
        (1, 16, "without its flags"),
        (1, 0, "without its flags"),
        (2, 4, "fewer than two dimensions"),
        (2, 1 << 20, "longer than the array it is in"),
        (2, 200, "at most 128"),
        (4, 1 << 30, "longer than the array it is in"),
        (4, 60, "is no element|longer than the array"),
    ],
)
def test_a_size_that_lies_is_found_out(path, which, size, said):
    changed(path, which, size=size)
    with pytest.raises(ValueError, match=said):
        check_tags(path)


def test_an_element_cannot_be_longer_than_the_tag_it_is_in(path):
    name = next(e for e in elements(path.read_bytes()) if e.data.start == e.at + 4)
    changed(path, elements(path.read_bytes()).index(name), kind=5 << 16 | 1)
    with pytest.raises(ValueError, match="longer than the tag"):
        check_tags(path)


def test_a_variable_that_is_no_array_is_found_out(path):
    assert elements(path.read_bytes())[0].kind == MATRIX
    changed(path, 0, kind=9)
    with pytest.raises(ValueError, match="a variable of type 9"):
        check_tags(path)


def test_a_negative_size_is_found_out(path):
    dimensions = elements(path.read_bytes())[2].data
    content = bytearray(path.read_bytes())
    content[dimensions] = struct.pack("<2i", -1, -2)
    path.write_bytes(content)
    with pytest.raises(ValueError, match="negative"):
        check_tags(path)


def test_variables_without_end_are_not_followed(tmp_path):
    path = tmp_path / "x.mat"
    io.savemat(path, {"x": 300.0})
    content = path.read_bytes()
    path.write_bytes(content[:128] + content[128:] * 10_001)
    with pytest.raises(ValueError, match="more than 10000 variables"):
        check_tags(path)


@pytest.mark.parametrize("rest", [b"\x09\0\x01\0", b"\0" * 4, b"\x0e\0\0\0"])
def test_bytes_that_are_no_element_are_found_out(tmp_path, rest):
    """scipy would look for the next array among them."""
    path = tmp_path / "x.mat"
    numbers = array(6, "x", element(9, struct.pack("<d", 3.0)))
    longer = struct.pack("<II", MATRIX, len(numbers) - 8 + len(rest)) + numbers[8:] + rest
    for content in (longer, longer + numbers):
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM" + content)
        with pytest.raises(ValueError, match="bytes that are no element"):
            check_tags(path)
