"""Pure numpy and scipy on arrays: the ring buffer, quality, and everything ``extract`` computes."""
