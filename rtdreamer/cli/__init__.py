"""One small file per command: parses, wires, prints. Heavy imports stay inside the handlers."""
