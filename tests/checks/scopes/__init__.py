"""Small scopes: all legal inputs up to a bound, with what is right for each by plain counting.

Nothing here uses pooledu, nor torch's pooling: a mutant is judged by these before it is judged by a
ladder.
"""

from tests.checks.scopes import ps1, ps2, ps3, ps4, ps5, ps6, ps7

SCOPES = {
    scope.__name__: scope
    for scopes in (ps1, ps2, ps3, ps4, ps5, ps6, ps7)
    for scope in scopes.SCOPES
}
RUNS = (
    ps4.RUNS | ps5.RUNS | ps6.RUNS | ps7.RUNS
)  # how a function is called that takes no plain data
