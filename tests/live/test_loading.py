import subprocess
import sys

LEAVING_EARLY = """
import sys, time
from types import SimpleNamespace
from rtdreamer.live import loading

def ready(model, hop, profile):
    time.sleep(0.5)
    print("made", flush=True)

loading.Classifier = SimpleNamespace(ready=ready)
spec = SimpleNamespace(standardise=False)
model = SimpleNamespace(name="some", record=SimpleNamespace(simulated=True), spec=spec)
loading.LoadingClassifier(model, 16)
sys.exit(3)
"""


def test_a_program_that_ends_early_does_not_break_into_the_making_of_a_network():
    """In C++ a thread that Python ends aborts the process, and with it its exit code."""
    ended = subprocess.run(
        [sys.executable, "-c", LEAVING_EARLY], capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (3, "made\n"), ended.stderr
