"""Reading the next things while the present one is worked on."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_THREADS: Final = 2
_AHEAD: Final = 3


def ahead(keys: Iterable[K], read: Callable[[K], V]) -> Iterator[V]:
    """Give what `read` gives for each key, in order, a few of them read ahead of time.

    What `read` raises is raised at its place. At most three values are held besides the present.
    """
    waiting: deque[Future[V]] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        for key in keys:
            waiting.append(pool.submit(read, key))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
