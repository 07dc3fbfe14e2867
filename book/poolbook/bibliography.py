"""A list of references that has every work of the bibliography as it is now.

Sphinx reads a page anew when a file that it depends on is newer than its last reading. A
bibliography that is edited during a build, before the page with its list is read, is older than
that, though the list was made of what the build knew from its beginning.
"""

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """The pages whose list of references has other works than the bibliography."""
    citations = env.get_domain("cite")
    works = set(citations.bibdata.data.entries)
    return [
        place.docname
        for place, listed in citations.bibliographies.items()
        if set(listed.citation_nodes) != works
    ]


def setup(app: Sphinx) -> None:
    """Connect to the search for pages to be read."""
    app.connect("env-get-outdated", outdated)
