from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from rtdreamer.cli import progress

LOSS = SimpleNamespace(total=12.345, focal=0.123, triplet=1.23, recon=12.34, kl=123.4)


def epoch(number, best=True):
    auc = 0.512, 0.634
    return SimpleNamespace(number=number, loss=LOSS, log_loss=0.678, auc=auc, best=best)


@pytest.fixture
def terminal(monkeypatch):
    """What stands on a terminal of 80 columns at the end."""
    console = Console(file=StringIO(), force_terminal=True, width=80, _environ={})
    monkeypatch.setattr(progress, "Console", lambda file: console)

    def shown(display):
        paper = Console(file=StringIO(), width=80, _environ={})
        paper.print(display.get_renderable())
        return paper.file.getvalue()

    return shown


def test_lines_tell_the_first_and_every_tenth(capsys):
    with progress.progress_bars() as bars:
        count = bars.count("Trials")
        for done in range(1, 415):
            count(done, 414)
        few = bars.count("Folds")
        for done in range(4):
            few(done, 3)
    lines = capsys.readouterr().err.splitlines()
    trials = [line for line in lines if line.startswith("Trials ")]
    assert len(trials) == 1 + 10
    assert (trials[0], trials[-1]) == ("Trials 1/414", "Trials 414/414")
    assert lines[11:] == ["Folds 0/3", "Folds 1/3", "Folds 2/3", "Folds 3/3"]


def test_a_count_that_jumps_takes_as_many_lines(capsys):
    with progress.progress_bars() as bars:
        count = bars.count("Seconds", n_lines=6)
        for done in (0, 10, 12, 15, 27, 30, 32, 60):
            count(done, 60)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"Seconds {done}/60" for done in (0, 10, 27, 30, 60)]
    with progress.progress_bars() as bars:
        bars.count("Seconds", n_lines=0)(30, 60)
    assert not capsys.readouterr().err


def test_epochs_without_a_terminal_are_a_line_each(capsys):
    with progress.progress_bars() as bars:
        show = bars.epochs(12)
        show(2, 6, epoch(3))
        show(2, 6, epoch(4, best=False))
    first, second = capsys.readouterr().err.splitlines()
    assert first == (
        "Fit 2 of 6, epochs 3/12: loss 12.345 from focal 0.123, triplet 1.23, recon 12.34, "
        "KL 123.4; log loss of held-out people 0.678, the best so far; AUC within one of them, by "
        "trial: valence 0.512, arousal 0.634"
    )
    assert "people 0.678; AUC within one" in second
    assert second.endswith("arousal 0.634")


def test_with_nobody_held_out_the_loss_is_told_alone(capsys, terminal):
    with progress.progress_bars() as bars:
        show = bars.epochs(12)
        show(1, 6, SimpleNamespace(**vars(epoch(1)) | {"auc": (), "log_loss": float("nan")}))
        rows = terminal(bars._display).splitlines()
    assert len(rows) == 2
    assert rows[1] == "loss 12.345 from focal 0.123, triplet 1.23, recon 12.34, KL 123.4"
    assert "nan" not in "".join(rows)


def test_a_terminal_of_80_columns_has_bars_parts_and_no_wrapped_line(terminal, capsys):
    with progress.progress_bars() as bars:
        bars.count("Extracting trials")(414, 414)
        bars.count("Fits")(1, 6)
        show = bars.epochs(12)
        for number in range(1, 13):
            show(12, 24, epoch(number))
        full = terminal(bars._display)
        show(13, 24, epoch(1))
        again = terminal(bars._display)
    for text in (full, again):
        rows = text.splitlines()
        assert len(rows) == 6
        assert all(len(row) <= 80 for row in rows)
        assert rows[3].startswith("loss 12.345 from focal 0.123, triplet 1.23")
        assert rows[4] == "log loss of held-out people 0.678, the best so far"
        assert rows[5] == "AUC within one of them, by trial: valence 0.512, arousal 0.634"
    assert full.splitlines()[2].split()[-2:] == ["12/12", "0:00:00"]
    # Another fit begins: its time is not known yet.
    assert again.splitlines()[2].startswith("Fit 13 of 24, epochs ")
    assert again.splitlines()[2].split()[-2:] == ["1/12", "-:--:--"]
    assert capsys.readouterr().out == ""


def test_who_breaks_off_is_told_that_nothing_is_lost(capsys):
    with pytest.raises(KeyboardInterrupt), progress.resumable():
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "Interrupted; run the same command to resume\n"
    with pytest.raises(ValueError, match="other"), progress.resumable():
        raise ValueError("other")
    assert capsys.readouterr().err == ""
