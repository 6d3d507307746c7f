import os
import re
import time
from pathlib import Path

from rtdreamer.lsl import library


def test_the_clock_runs_in_seconds():
    start = library.clock()
    time.sleep(0.02)
    assert 0.02 <= library.clock() - start < 2


def test_version_is_a_number():
    assert re.fullmatch(r"\d+\.\d+", library.version())


def test_the_configuration_file_that_is_named_counts():
    assert library.configuration_file() == Path(os.environ["LSLAPICFG"])
