"""Short runs of what is meant for long ones, so that it works when it is wanted."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_ten_minutes_of_the_scripted_day_hold_what_they_should():
    command = ["-m", "tests.soak", "day", "--hours", "0.17", "--seed", "2"]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "equal bit for bit" in done.stdout
