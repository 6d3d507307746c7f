"""A source of chunks that were made beforehand."""

from rtdreamer.headset import EPOC
from rtdreamer.stream.chunk import StreamDescription


class Source:
    note = ""
    description = StreamDescription("EPOC", "EEG", "id", "host", EPOC.sfreq, 14, EPOC.ch_names)

    def __init__(self, chunks):
        self.chunks = list(chunks)

    def pull(self, timeout):
        return self.chunks.pop(0)
