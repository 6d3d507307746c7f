"""A stream beside the EEG that is there or not, read without ever waiting for it."""

from abc import ABC, abstractmethod

import pylsl
from pylsl import util


class Beside(ABC):
    """Follows a stream beside the EEG, whenever there is one.

    Nothing here waits, and what goes wrong here never stops the EEG.
    """

    def __init__(self) -> None:
        self._uid = ""
        self._inlet: pylsl.StreamInlet | None = None

    def close(self) -> None:
        """Leave the stream."""
        self._uid, self._inlet = "", None

    def _follow(self, handle: pylsl.StreamInfo | None) -> None:
        """Open the stream that it is now, and read it, by a step; to be called often."""
        try:
            self._choose(handle)
            if self._inlet is not None:
                self._read(self._inlet)
        except util.TimeoutError:
            pass  # It does not answer yet. liblsl goes on asking it, in a thread.
        except RuntimeError:
            # The stream is gone. It is opened again as long as it is announced.
            self.close()

    def _choose(self, handle: pylsl.StreamInfo | None) -> None:
        uid = "" if handle is None else handle.uid()
        if uid == self._uid:
            return
        self.close()
        if handle is not None:
            self._inlet = pylsl.StreamInlet(handle, recover=False, as_numpy=True)
            self._uid = uid

    @abstractmethod
    def _read(self, inlet: pylsl.StreamInlet) -> None:
        """Take what came, if anything did."""
