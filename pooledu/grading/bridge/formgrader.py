"""What a browser may do with formgrader's page of a submission, beside what its texts can do."""

import base64
import hashlib
import re
import sys
from typing import Any

MATHJAX = "https://cdnjs.cloudflare.com"  # from where nbconvert's pages take it
SUBMISSION = 'id="notebook-container"'  # all that is a submission's stands behind it
FILES = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"
CODE = re.compile(
    r'<script(?: type="text/javascript")?>(.*?)</script>|onclick="([^"]*)"', re.DOTALL
)


def policy(page: str) -> str:
    """Return the security policy of a page: of the scripts that stand in it, formgrader's own run.

    Examples
    --------
    >>> page = '<script>own()</script><div id="notebook-container"><script>other()</script>'
    >>> policy(page).count("'sha256-"), policy("<script>f()</script>").count("'sha256-")
    (1, 0)
    """
    own, found, _ = page.partition(SUBMISSION)
    codes = [script or click for script, click in CODE.findall(own if found else "")]
    hashes = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in codes]
    scripts = " ".join(["'unsafe-hashes'", *(f"'sha256-{each}'" for each in hashes)])
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'unsafe-eval' {MATHJAX} {scripts}",  # which MathJax needs
            f"style-src 'self' 'unsafe-inline' {MATHJAX}",
            f"font-src 'self' data: {MATHJAX}",
            f"img-src 'self' data: {MATHJAX}",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
        )
    )


def restrict_formgrader() -> None:
    """Send the policy with formgrader's page of a submission, if this process is its server.

    A file that lies beside the notebook is the student's: what is in it runs nowhere.
    """
    handlers = sys.modules.get("nbgrader.server_extensions.formgrader.handlers")
    if handlers is None:
        return
    handler = handlers.SubmissionHandler

    def write(self: Any, page: Any) -> None:
        if isinstance(page, str):
            self.set_header("Content-Security-Policy", policy(page))
        super(handler, self).write(page)

    handler.content_security_policy, handler.write = policy(""), write
    handlers.SubmissionFilesHandler.set_extra_headers = lambda self, _: self.set_header(
        "Content-Security-Policy", FILES
    )
