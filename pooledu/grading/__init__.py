"""Grading of a class with nbgrader: late penalties, the run over all submissions, the table."""
