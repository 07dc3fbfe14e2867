"""What was handed in: read as hostile input, rebuilt, its cells restored."""
