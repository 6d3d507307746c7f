"""A source of chunks that were made beforehand."""

from rtdreamer.epoc import CH_NAMES, SFREQ
from rtdreamer.stream.chunk import StreamDescription


class Source:
    note = ""
    description = StreamDescription("EPOC", "EEG", "id", "host", SFREQ, 14, CH_NAMES)

    def __init__(self, chunks):
        self.chunks = list(chunks)

    def pull(self, timeout):
        return self.chunks.pop(0)
