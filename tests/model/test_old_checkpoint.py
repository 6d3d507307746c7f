"""Files of the formats before this one: they are read, and their models run as they did."""

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from rtdreamer.errors import CheckpointError
from rtdreamer.headset import EPOC
from rtdreamer.model.checkpoint_file import load_checkpoint, save_checkpoint
from rtdreamer.model.registry import BUILT_IN, find_architecture
from rtdreamer.signal.features import Spec, extract
from rtdreamer.signal.profile import Profile
from tests.untrained import untrained

AVERAGE = Profile(
    np.zeros((5, 14)), np.zeros((5, 14, 14)), np.zeros((14, 45)), np.zeros((5, 14, 14)), 61.0
)


def write(path, checkpoint, version, ch_names=EPOC.ch_names, sfreq=EPOC.sfreq):
    """Write a file as version 5, without decimation, or 4, without headsets' names, had it."""
    save_checkpoint(path, checkpoint)
    with safe_open(path, "pt") as file:
        header = file.metadata()
    spec, config = json.loads(header["spec"]), json.loads(header["config"])
    del spec["decimate"]
    if version == "4":
        del spec["headset"], config["headset"]
        spec |= {"ch_names": list(ch_names), "sfreq": sfreq}
        if config["architecture"] == "vae-gnn":
            config["sfreq"] = sfreq
    changed = {"version": version, "spec": json.dumps(spec), "config": json.dumps(config)}
    save_file(load_file(path), path, header | changed)


@pytest.mark.parametrize("version", ["4", "5"])
@pytest.mark.parametrize("architecture", [name for name in BUILT_IN if name != "eegnet"])
def test_it_is_read_with_all_bands_at_the_full_rate(tmp_path, architecture, version):
    found = find_architecture(architecture)
    standardise = found.standardise is not False
    spec = Spec(n_times=256, standardise=standardise, decimate=False)
    config = found.configure(spec)
    checkpoint = replace(
        untrained(spec=spec),
        architecture=architecture,
        config=config,
        weights=found.build(config, 2).state_dict(),
        average=AVERAGE if standardise else None,
    )
    path = tmp_path / "old.safetensors"
    write(path, checkpoint, version)
    read = load_checkpoint(path)
    assert (read.config, read.spec) == (config, spec)


@pytest.mark.parametrize("of", [{"sfreq": 256.0}, {"ch_names": ["Cz"] * 14}])
def test_one_from_before_headsets_had_names_is_of_the_epoc(tmp_path, of):
    path = tmp_path / "old.safetensors"
    write(path, untrained(spec=Spec(n_times=256), average=AVERAGE), "4", **of)
    with pytest.raises(CheckpointError, match="another headset than the EPOC"):
        load_checkpoint(path)


def test_what_it_sees_of_slow_bands_is_what_it_was_trained_on():
    window = 4200 + np.random.default_rng(0).normal(0, 3, (14, 1280)).cumsum(axis=1)
    now, before = (extract(window, Spec(decimate=decimate)) for decimate in (True, False))
    np.testing.assert_array_equal(now.signals, before.signals)
    np.testing.assert_array_equal(now.mi[4], before.mi[4])
    assert not np.array_equal(now.mi[:4], before.mi[:4])
    # The same quantities, though: windows of one person differ by .02 nats.
    np.testing.assert_allclose(now.mi, before.mi, atol=0.02)
    np.testing.assert_allclose(now.de, before.de, atol=0.005)
