import time

import pylsl
import pytest

from rtdreamer.lsl import neighbours as neighbours_module
from rtdreamer.lsl.neighbours import Neighbours


@pytest.fixture
def neighbours(find, stream_name):
    """Look around while a stream is followed."""
    looking = []

    def look():
        looking.append(Neighbours(find(stream_name)))
        return looking[-1]

    yield look
    for neighbours in looking:
        neighbours.close()


def wait_until(is_so):
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_contact_is_that_of_the_same_headset(open_outlet, stream_name, neighbours):
    open_outlet(stream_name, f"one-{stream_name}")
    around = neighbours()
    other = contact_outlet("two-contact", f"two-{stream_name}")
    own = contact_outlet("one-contact", f"one-{stream_name}")
    wait_until(lambda: getattr(around.contact(), "name", str)() == "one-contact")
    del own, other


def test_contact_is_else_the_only_one_where_there_is_one_eeg(open_outlet, stream_name, neighbours):
    open_outlet(stream_name, "")
    around = neighbours()
    assert around.contact() is None
    outlets = [contact_outlet("one-contact", "some-id")]
    wait_until(lambda: around.contact() is not None)
    outlets.append(contact_outlet("two-contact", "some-other-id"))
    wait_until(lambda: around.contact() is None)
    outlets.pop()
    wait_until(lambda: around.contact() is not None)
    open_outlet(f"{stream_name}-2", "")
    wait_until(lambda: around.contact() is None)


@pytest.mark.parametrize(
    ("eeg", "contact", "is_used"),
    [
        ("EPOCX-AAAA", "EPOCX-BBBB", False),
        ("EPOCX-AAAA", "EPOCX-AAAA-contact", True),
        ("EPOCX-AAAA-eeg", "EPOCX-AAAA", True),
        ("EPOCX-AAAA", "", True),
        ("", "EPOCX-BBBB", True),
    ],
)
def test_contact_of_another_device_is_not_used(
    open_outlet, stream_name, neighbours, eeg, contact, is_used
):
    open_outlet(stream_name, eeg)
    around = neighbours()
    outlet = contact_outlet("its-contact", contact)
    wait_until(lambda: len(around._handles()) == 2)
    assert (around.contact() is not None) == is_used
    del outlet


def test_what_looks_the_same_and_is_there_while_the_stream_sends_is_beside_it(
    open_outlet, stream_name, neighbours
):
    open_outlet()
    around = neighbours()
    open_outlet(f"{stream_name}-of-another-id", "another-id")
    open_outlet(f"{stream_name}-of-another-name", f"id-{stream_name}")
    open_outlet()
    wait_until(lambda: len(around._handles()) == 4)
    wait_until(lambda: around.look() or around.lookalikes)
    alike = {handle.uid() for handle in around._handles() if handle.name() == stream_name}
    assert around.lookalikes == alike - {around._stream.handle.uid()}
    assert [handle.name() for handle in around.candidates()] == [stream_name]
    # What comes when the stream is silent may be its restart.
    open_outlet()
    wait_until(lambda: len(around.candidates()) == 2)


def test_an_outlet_that_is_opened_anew_before_the_old_one_ends_is_no_other(
    open_outlet, stream_name, neighbours, monkeypatch
):
    monkeypatch.setattr(neighbours_module, "LOOK_S", 0.0)
    old = open_outlet()
    around = neighbours()
    open_outlet()
    wait_until(lambda: len(around.candidates()) == 2)
    around.look()
    old.close()
    around.look()
    assert not around.lookalikes


def contact_outlet(name, source_id):
    info = pylsl.StreamInfo(name, "Contact-Quality", 18, 2.0, "float32", source_id)
    return pylsl.StreamOutlet(info)
