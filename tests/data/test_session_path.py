from rtdreamer.data.session_path import next_run, session_path


def test_names_are_those_of_labrecorder_and_bids(tmp_path):
    found = session_path(tmp_path, "P001", "S001", 1).relative_to(tmp_path).as_posix()
    assert found == "sub-P001/ses-S001/eeg/sub-P001_ses-S001_task-Default_run-001_eeg.xdf"


def test_the_next_run_comes_after_all_that_are_there(tmp_path):
    assert next_run(tmp_path, "P1", "S1") == 1
    for run in (1, 7, 1000):
        path = session_path(tmp_path, "P1", "S1", run)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (path.parent / "sub-P1_ses-S1_task-Default_run-old_eeg.xdf").touch()
    assert next_run(tmp_path, "P1", "S1") == 1001
    assert next_run(tmp_path, "P2", "S1") == 1
