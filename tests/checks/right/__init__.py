"""Right solutions of the exercises, in every style that comes to mind."""
