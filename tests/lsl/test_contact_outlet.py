import time
from contextlib import closing

import numpy as np
import pylsl
import pytest

from rtdreamer.headset import EPOC
from rtdreamer.lsl.contact import Contact
from rtdreamer.lsl.contact_outlet import ContactOutlet


def heard(name, push, n_samples):
    """What pylsl alone hears of an outlet: its description, samples and stamps."""
    with closing(ContactOutlet(name, f"id-{name}")) as outlet:
        (info,) = pylsl.resolve_byprop("name", name, timeout=30)
        inlet = pylsl.StreamInlet(info, recover=False)
        inlet.open_stream(timeout=30)
        push(outlet)
        found = [inlet.pull_sample(timeout=30) for _ in range(n_samples)]
        described = inlet.info(timeout=30)
        inlet.close_stream()
    return described, np.array([sample for sample, _ in found]), [stamp for _, stamp in found]


def test_the_worst_of_each_half_second_is_sent_in_emotivpros_words(stream_name):
    contact = np.ones((14, 129))
    contact[3, 70] = 0.25
    contact[5, 128] = 0.0

    def push(outlet):
        for start in range(129):
            part = slice(start, start + 1)
            outlet.push(contact[:, part], 100.0 + np.arange(129)[part] / 128)

    info, samples, stamps = heard(stream_name, push, 3)
    assert info.type() == "Contact-Quality"
    assert info.nominal_srate() == 2
    labels = info.get_channel_labels()
    assert labels[:4] == ["Timestamp", "BatteryPercent", "Overall", "Signal"]
    assert tuple(labels[4:]) == EPOC.ch_names
    np.testing.assert_array_equal(samples[:, 4 + 3], [4, 4, 1])
    assert samples[:, 2] == pytest.approx([4, 4, 1])
    assert len(stamps) == 3


def test_live_reads_it_as_the_headsets_contact(stream_name):
    with closing(ContactOutlet(stream_name, f"id-{stream_name}")) as outlet:
        (info,) = pylsl.resolve_byprop("name", stream_name, timeout=30)
        reader = Contact(lambda: info, EPOC)
        deadline, taken = time.monotonic() + 30, None
        contact = np.linspace(0, 1, 14)
        while taken is None and time.monotonic() < deadline:
            outlet.push(np.tile(contact[:, None], (1, 64)), np.arange(64) / 128)
            reader.look()
            taken = reader.take()
            time.sleep(0.1)
        reader.close()
    np.testing.assert_allclose(taken, contact)
