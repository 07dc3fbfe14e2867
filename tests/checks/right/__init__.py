"""Right solutions of the exercises, in every style that comes to mind."""

from tests.checks.right import ps1, ps2_ps3, ps4, ps5_ps6, ps7

SOLUTIONS = {
    name: styles
    for module in (ps1, ps2_ps3, ps4, ps5_ps6, ps7)
    for name, styles in module.SOLUTIONS.items()
}
