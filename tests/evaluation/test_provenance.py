from dataclasses import asdict
from importlib.metadata import PackageNotFoundError

from rtdreamer.data.sources import fingerprint
from rtdreamer.evaluation import provenance
from rtdreamer.evaluation.provenance import environment, hashes
from rtdreamer.signal.features import Spec
from rtdreamer.training.code_version import JUDGING, code_version, versions

SPEC = asdict(Spec())


def test_each_hash_changes_with_what_it_is_of_alone(monkeypatch):
    first = hashes(None, SPEC)
    assert first == hashes("simulated", dict(reversed(SPEC.items())))
    assert first["data"] == fingerprint(None)
    assert first["code"] == code_version(JUDGING)
    other_data = hashes("simulated:seed=1", SPEC)
    assert [name for name in first if first[name] != other_data[name]] == ["data"]
    other_spec = hashes(None, asdict(Spec(standardise=False)))
    assert [name for name in first if first[name] != other_spec[name]] == ["features"]
    monkeypatch.setattr(provenance, "code_version", lambda patterns: "another")
    other_code = hashes(None, SPEC)
    assert [name for name in first if first[name] != other_code[name]] == ["features", "code"]


def test_a_package_that_is_not_there_is_not_named(monkeypatch):
    def version(name):
        if name == "pyarrow":
            raise PackageNotFoundError
        return "1.2"

    monkeypatch.setattr(provenance, "version", version)
    found = environment()
    assert found["packages"] == versions() | {"distributed": "1.2"}
    assert found["python"].count(".") == 2
    assert found["platform"]
