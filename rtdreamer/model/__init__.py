"""The network, its losses, the checkpoint format, and the classifier."""
