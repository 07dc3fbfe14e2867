"""Model solutions: the docstring of each module is the sketch of a way."""
