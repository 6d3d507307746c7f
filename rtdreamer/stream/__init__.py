"""The way of a stream's samples: from chunks as they were sent to pieces without gaps at 128 Hz."""
