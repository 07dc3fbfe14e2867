"""The experiments of the book that take too long for the building of a page.

Each module is one experiment: its data, its networks, what is measured, and the effect that would
matter. ``PYTHONPATH=book python -m experiments`` runs them and writes `results/`, from which the
pages draw.
"""
