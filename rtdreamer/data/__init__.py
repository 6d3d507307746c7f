"""DREAMER.mat in and out, the simulated DREAMER, and any other recording."""
