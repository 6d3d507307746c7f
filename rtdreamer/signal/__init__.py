"""Pure numpy and scipy on arrays: the ring buffer, and everything ``extract`` computes."""
