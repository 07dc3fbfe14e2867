"""Decides what the checks of a running notebook are worth, on the trusted side."""
