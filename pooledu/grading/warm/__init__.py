"""The warm process, and what runs in the jobs forked from it: nothing here is trusted.

It imports the libraries once. For each submission it forks; the fork is confined and runs the
notebook. No module here, and none it imports, knows an answer, a seed or a mark.
"""
