"""The course's exercises: a package for each problem set, a module for each exercise.

A module declares one exercise, with the same parts in the same order: what its contract says, the
oracle, the ladder of cases, what is drawn of a failing one, and the mistakes that have a name. What
the exercises of a set share is a module of that set. Nothing here decides anything, and nothing in
`pooledu.checks` knows a name from here: `pooledu.checks.registry` finds all that is declared.
"""
