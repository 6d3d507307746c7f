"""Where a session is recorded: names as LabRecorder and BIDS have them."""

from pathlib import Path

TASK = "Default"


def is_label(text: str) -> bool:
    """Whether BIDS takes it for the label of a subject or a session."""
    return text.isascii() and text.isalnum() and len(text) <= 64


def session_path(folder: Path, subject: str, session: str, run: int) -> Path:
    """Return the file of a run, from 1 on, of one subject's session.

    Parameters
    ----------
    folder : Path
        The study's.
    subject, session : str
        BIDS labels: letters and digits.
    run : int
        Which of the session's recordings it is.
    """
    name = f"sub-{subject}_ses-{session}_task-{TASK}_run-{run:03d}_eeg.xdf"
    return folder / f"sub-{subject}" / f"ses-{session}" / "eeg" / name


def next_run(folder: Path, subject: str, session: str) -> int:
    """Return the number of the first run after all that are there."""
    first = session_path(folder, subject, session, 1)
    before, after = first.name.split("run-001")
    numbers = [
        int(digits)
        for path in first.parent.glob(f"{before}run-*{after}")
        if (digits := path.name[len(before) + 4 : -len(after)]).isascii() and digits.isdigit()
    ]
    return max(numbers, default=0) + 1
