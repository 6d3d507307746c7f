from contextlib import closing

from rtdreamer.cli.main import run
from rtdreamer.headset import EPOC
from rtdreamer.lsl.outlets import SignalOutlet


def test_streams_are_listed_with_whether_they_carry_the_14(stream_name, capsys):
    whole = SignalOutlet(f"{stream_name}-a", "id-a", EPOC.ch_names, ("uV",) * 14, EPOC.sfreq)
    half = SignalOutlet(f"{stream_name}-b", "id-b", EPOC.ch_names[:7], ("uV",) * 7, 256.0)
    with closing(whole), closing(half):
        assert run(["streams"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if stream_name in line]
    cells = [[cell.strip() for cell in row.split("│")[1:-1]] for row in rows]
    assert [[c[0], c[1], c[2], *c[4:]] for c in cells] == [
        [f"{stream_name}-a", "EEG", "id-a", "128 Hz", "14", "yes"],
        [f"{stream_name}-b", "EEG", "id-b", "256 Hz", "7", "no"],
    ]
