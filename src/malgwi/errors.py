"""The two ways in which work ends without a result; the command line turns them into one line."""


class MalgwiError(Exception):
    """The input or the command line is wrong.

    The message names the item, the value found, the value expected and the remedy.
    """

    exit_status = 2


class GateError(MalgwiError):
    """The input was fine, but the work failed its own gate (diverged, too inexact, not equal)."""

    exit_status = 1


class BundleError(MalgwiError):
    """A bundle is damaged, hostile or of another version; the message says where and how."""
