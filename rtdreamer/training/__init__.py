"""Windows of trials, the fit, protocols and metrics."""
