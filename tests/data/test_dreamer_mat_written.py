import pytest

from rtdreamer.data.dreamer_mat import write_dreamer
from rtdreamer.errors import DataError
from tests.brief_dreamer import Brief


def test_progress_counts_every_trial(tmp_path):
    told = []
    write_dreamer(tmp_path / "x.mat", Brief(), lambda done, total: told.append((done, total)))
    assert told == [(number, 36) for number in range(1, 37)]


def test_only_one_subject_is_held_at_a_time(tmp_path):
    asked = []

    class Watched(Brief):
        def trial(self, subject, trial):
            asked.append((subject, trial, (tmp_path / "x.mat").exists()))
            written = sum(part.stat().st_size for part in tmp_path.rglob("plain.mat"))
            if subject == 2:
                assert written > 18 * 128 * 14 * 8  # the first subject has left
            return super().trial(subject, trial)

    # The stream's own buffer is smaller than a subject.
    write_dreamer(tmp_path / "x.mat", Watched())
    assert asked == [(s, t, False) for s in (1, 2) for t in Brief.trials]


def test_a_failure_leaves_the_older_file_and_nothing_else(path):
    before = path.read_bytes()

    class Failing(Brief):
        def trial(self, subject, trial):
            if (subject, trial) == (2, 2):
                raise DataError("no more")
            return super().trial(subject, trial)

    with pytest.raises(DataError, match="no more"):
        write_dreamer(path, Failing())
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_too_many_subjects_are_refused_after_the_first(path):
    before, asked = path.read_bytes(), []

    class Crowd(Brief):
        def trial(self, subject, trial):
            assert subject == 1
            asked.append(trial)
            return super().trial(subject, trial)

    with pytest.raises(DataError, match=r"9000 subjects.* write at most \d+$") as caught:
        write_dreamer(path, Crowd(subjects=tuple(range(1, 9001))))
    n_times = sum(128 + trial + 64 for trial in Brief.trials)
    fitting = int(str(caught.value).split()[-1])
    assert fitting == pytest.approx(2**32 / (n_times * 8 * (14 + 4)), rel=0.011)
    assert asked == list(Brief.trials)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_the_size_foreseen_is_the_size_written(tmp_path):
    source = Brief(trials=(6000, 7000))
    written = []

    class Watched(Brief):
        def trial(self, subject, trial):
            written.extend(part.stat().st_size for part in tmp_path.rglob("plain.mat"))
            return super().trial(subject, trial)

    write_dreamer(tmp_path / "x.mat", Watched(subjects=(1, 2, 3), trials=source.trials))
    n_times = sum(128 + trial + 64 for trial in source.trials)
    assert written[-1] - written[2] == pytest.approx(n_times * 8 * (14 + 4), rel=0.01)


def test_a_missing_folder_is_reported(tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        write_dreamer(tmp_path / "none" / "x.mat", Brief())
