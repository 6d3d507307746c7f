"""The session: source → ring → classifier → sinks, in one worker; signal quality; gaps."""
