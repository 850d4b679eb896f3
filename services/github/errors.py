"""What GitHub's client raises besides the errors of the port, apart from it: naming an error loads no client."""


class Unauthorized(Exception):
    """GitHub answers 401: it does not know the token, or the App's JWT."""
