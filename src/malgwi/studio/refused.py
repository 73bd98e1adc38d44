"""`Refused`: what can't be done as things stand, with what the page needs to say so."""

from collections.abc import Mapping
from typing import Any

from malgwi.errors import MalgwiError


class Refused(MalgwiError):  # noqa: N818 - `raise Refused` says it
    """A request that is answered with another status than 400."""

    def __init__(
        self,
        message: str,
        status: int,
        code: str = "malgwi",
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the line for people, the HTTP status, and what a page translates it by."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.values = dict(values or {})
