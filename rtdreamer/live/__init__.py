"""The session: a loop over a timeline of samples, a ring, a predictor and sinks, in one thread."""
