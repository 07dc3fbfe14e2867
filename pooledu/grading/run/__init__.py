"""A run over a class: workers execute ahead, one process writes; the command `pooledu grade`."""
