import pytest

from rtdreamer.cli import doctor as doctor_module
from rtdreamer.cli.main import run


def test_this_machine_has_what_is_needed(capsys):
    assert run(["doctor"]) == 0
    output = capsys.readouterr().out
    assert "LACKS" not in output
    assert "torch: 2." in output
    assert "models: simulated-23" in output


def test_what_is_missing_comes_with_its_remedy(monkeypatch, capsys):
    monkeypatch.setattr(doctor_module, "PACKAGES", ("no-such-package",))
    assert run(["doctor"]) == 2
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "LACKS" in line]
    assert "no-such-package: not installed; " in line
    assert "pip install no-such-package" in line


@pytest.mark.parametrize("platform", ["linux"])
def test_a_machine_without_a_display_is_told_and_not_failed(monkeypatch, capsys, platform):
    monkeypatch.setattr("sys.platform", platform)
    for variable in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    assert run(["doctor"]) == 0
    assert "note   display: there is no display here" in capsys.readouterr().out
