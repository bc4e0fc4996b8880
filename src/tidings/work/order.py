"""In which calls a claim's tasks are done, so that few calls keep everybody's order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tidings.base.ids import ProfileId
from tidings.storage.slots import Slot
from tidings.work.model import Task


@dataclass(frozen=True, slots=True)
class Call:
    """The tasks that one handler is given at once."""

    name: str
    tasks: Sequence[Task]


def calls_in_order(tasks: Sequence[Task]) -> list[Call]:
    """Group tasks by name without doing any person's later task before an earlier one.

    Each person's tasks are cut into runs of one name. The first runs of all people come before
    all second runs, and so on; runs of one name and place share a call. Without a person there
    is no order, and every task is a first run.

    Shape:  tasks - in order; every task comes back once, in order within its call. A call may
            hold several tasks of one person.
    """
    places: dict[tuple[Slot, ProfileId], tuple[int, str]] = {}
    rounds: defaultdict[int, defaultdict[str, list[Task]]]
    rounds = defaultdict(lambda: defaultdict(list))
    for task in tasks:
        place = 0
        if task.profile_id is not None:
            person = (task.slot, task.profile_id)
            place, name = places.get(person, (0, task.name))
            if name != task.name:
                place += 1
            places[person] = (place, task.name)
        rounds[place][task.name].append(task)
    return [Call(name, group) for place in sorted(rounds) for name, group in rounds[place].items()]
