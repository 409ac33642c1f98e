"""Texts of a list that stand in many rows, understood once each."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def each_once(texts: Sequence[str], understood: Callable[[str], T]) -> list[T]:
    """What each text says, in their order.

    Examples
    --------
    >>> each_once(["7", "8", "7"], int)
    [7, 8, 7]
    """
    known = {text: understood(text) for text in set(texts)}
    return [known[text] for text in texts]
