"""Links from a page to its source and to places that run its notebook.

They follow from `repository` and `launch_buttons` in _config.yml and are absent without an address
there. Services open notebooks, and a chapter is Markdown; so they open the executed notebooks that
.github/workflows/pages.yml puts beside the sources, on a branch of their own.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

NOTEBOOKS = "notebooks"


def edit(options: dict[str, Any], source: str) -> str:
    """Where the source of a page is edited, or nothing."""
    repository = options["repository_url"].rstrip("/")
    return f"{repository}/edit/{options['repository_branch']}/{source}" if repository else ""


def report(options: dict[str, Any], title: str) -> str:
    """Where an error on a page is reported, or nothing."""
    repository = options["repository_url"].rstrip("/")
    query = urlencode({"title": f"Error on the page “{title}”"})
    return f"{repository}/issues/new?{query}" if repository else ""


def launch(options: dict[str, Any], notebook: str) -> Iterator[tuple[str, str]]:
    """Name and address of each service that can open a notebook of the repository."""
    repository = options["repository_url"].rstrip("/")
    services = options["launch_buttons"] or {}
    if not repository:
        return
    host, path = urlsplit(repository).hostname, urlsplit(repository).path.strip("/")
    if binder := services.get("binderhub_url"):
        place = f"gh/{path}" if host == "github.com" else f"git/{quote(repository, safe='')}"
        yield "Binder", f"{binder}/v2/{place}/{NOTEBOOKS}?urlpath=lab/tree/{notebook}"
    if (colab := services.get("colab_url")) and host == "github.com":  # it opens no other host's
        yield "Colab", f"{colab}/github/{path}/blob/{NOTEBOOKS}/{notebook}"
    if hub := services.get("jupyterhub_url"):
        name = path.rpartition("/")[2]
        wanted = {"repo": repository, "branch": NOTEBOOKS}
        wanted["urlpath"] = f"lab/tree/{name}/{notebook}"
        yield "JupyterHub", f"{hub}/hub/user-redirect/git-pull?{urlencode(wanted)}"
