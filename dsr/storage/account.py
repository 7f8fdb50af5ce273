"""What a data account that does not answer is to the rest of the app."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from azure.core.exceptions import AzureError, HttpResponseError

from dsr.errors import StorageAway

P = ParamSpec("P")
T = TypeVar("T")


def away(error: AzureError) -> StorageAway:
    """Give the error that says so; no URL and no signature is in it."""
    status = error.status_code if isinstance(error, HttpResponseError) else None
    answer = f"answers {status}" if status else f"can't be reached ({type(error).__name__})"
    return StorageAway(f"the data account {answer}; try again later")


def account_answers(call: Callable[P, T]) -> Callable[P, T]:
    """Raise StorageAway for whatever the storage library raises and nobody expected."""

    @functools.wraps(call)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return call(*args, **kwargs)
        except AzureError as error:
            raise away(error) from None

    return wrapped
