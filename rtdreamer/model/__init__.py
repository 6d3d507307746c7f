"""Architectures and their registry, losses, the checkpoint format, and the classifier."""
