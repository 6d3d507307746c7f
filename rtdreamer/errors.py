"""The one base error. The command line catches it once and prints its single line."""


class RtdreamerError(Exception):
    """Something the user asked for cannot be done.

    The message is one line that names what was asked, what was found and what to do.
    """

    exit_code = 2


class NoStreamError(RtdreamerError):
    """No matching stream appeared in the time that was given."""

    exit_code = 3


class DataError(RtdreamerError):
    """A data file is missing, broken, or not what it should be."""


class StreamError(RtdreamerError):
    """A stream was found but cannot be used as it is, or several match."""


class StreamLostError(StreamError):
    """A stream is gone and cannot come back by itself."""


class CheckpointError(RtdreamerError):
    """A model's checkpoint is missing, broken, or does not fit this version."""
