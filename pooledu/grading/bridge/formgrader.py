"""What a browser may do with formgrader's page of a submission, beside what its texts can do."""

import sys

MATHJAX = "https://cdnjs.cloudflare.com"  # from where nbconvert's pages take it
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' 'unsafe-inline' 'unsafe-eval' {MATHJAX}",  # formgrader's own are inline
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
    """Send the policy with formgrader's page of a submission, if this process is its server."""
    handlers = sys.modules.get("nbgrader.server_extensions.formgrader.handlers")
    if handlers is not None:
        handlers.SubmissionHandler.content_security_policy = POLICY
