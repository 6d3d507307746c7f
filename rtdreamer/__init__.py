"""Real-time EEG affect classification for the Emotiv EPOC over the Lab Streaming Layer."""

__version__ = "0.1.0"
