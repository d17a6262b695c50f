"""How much may come at once, and then how fast. Pure: whoever asks says what time it is."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True)
class Rate:
    """So many at once, and when those are used up, one more every so many seconds."""

    at_once: int
    seconds: float


class Buckets:
    """A bucket for each name, which fills with what is taken and runs dry by itself. Of each it is held when it will be
    dry again, a number; of at most so many, those longest untouched forgotten first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._dry_at: OrderedDict[bytes, float] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._dry_at)

    def take(self, name: bytes, rate: Rate, now: float) -> float:
        """How many seconds to wait, and nothing is taken; 0 where it was."""
        with self._lock:
            dry_at = max(self._dry_at.get(name, now), now) + rate.seconds
            wait = dry_at - now - rate.at_once * rate.seconds
            if wait > 1e-9:  # what adding up makes of nothing
                return wait
            self._dry_at[name] = dry_at
            self._dry_at.move_to_end(name)
            if len(self._dry_at) > self._most:
                self._dry_at.popitem(last=False)
            return 0.0
