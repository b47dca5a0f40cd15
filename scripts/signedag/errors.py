"""The one exception for mistakes that the user can mend."""

from __future__ import annotations


class UserError(Exception):
    """Something in the input, the settings or the machine is wrong.

    The message is one line that names the file, key or event range and says how to mend it.
    Commands print it without a traceback and exit with status 1.
    """
