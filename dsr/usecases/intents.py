"""Intents: what is written down before a delete is asked for, by one batch."""

from typing import Any

from dsr.model.record import RequestRecord, stamp
from dsr.usecases.ports import Ports
from dsr.usecases.units import Unit


class Intents:
    """The intents of a batch since it was last begun anew.

    An intent is written before its delete is asked for, so whoever sees a trace of the delete sees
    the intent as well.
    """

    def __init__(self, ports: Ports, record: RequestRecord, batch: int) -> None:
        self._ports = ports
        self._place = record.request_id, batch, record.restaged.get(str(batch), 0)

    def known(self) -> dict[str, dict[str, Any]]:
        """Give those there are, by the unit's ref."""
        return self._ports.deletes.intents(*self._place)

    def is_elsewhere(self, unit: Unit) -> bool:
        """Tell whether another worker has the same batch and has just asked for the delete."""
        unit.intent = self.known().get(unit.ref)
        return unit.intent is not None

    def former(self, unit: Unit) -> dict[str, Any] | None:
        """Give the intent of the same delete before the batch was last begun anew."""
        request_id, batch, round_ = self._place
        if not round_:
            return None
        return self._ports.deletes.former_intent(request_id, batch, round_, unit.ref)

    def take_over(self, unit: Unit, former: dict[str, Any]) -> None:
        """Let the intent of before a retry be the unit's."""
        if not self._ports.deletes.add_intent(*self._place, unit.ref, former):
            former = self.known()[unit.ref]
        unit.intent, unit.pending = former, {}

    def write(self, unit: Unit, left: list[list[Any]], blocked: bool, all_told: bool) -> bool:
        """Write down that the delete is about to be asked for; False where another worker did.

        Then its intent is the unit's, and it is looked for. What was `blocked` was no call. What
        it may leave behind is what is told now, and what was told before only of what is gone.
        """
        now, again = stamp(self._ports.now()), unit.intent
        if again and not all_told:
            left = [*again["left"], *(e for e in left if e not in again["left"])]
        intent = {
            "at": again["at"] if again else now,
            "asked_at": now,
            "calls": again["calls"] + (not blocked) if again else 1,
            "left": left,
        }
        deletes = self._ports.deletes
        if again is None:
            written = deletes.add_intent(*self._place, unit.ref, intent)
        else:
            written = deletes.replace_intent(*self._place, unit.ref, again["asked_at"], intent)
        if not written:
            unit.pending = {}
            intent = self.known()[unit.ref]
        unit.intent = intent
        return written

    def add(self, unit: Unit, **more: Any) -> None:
        """Write down more of what was asked for."""
        unit.intent = (unit.intent or {}) | more
        self._ports.deletes.change_intent(*self._place, unit.ref, unit.intent)
