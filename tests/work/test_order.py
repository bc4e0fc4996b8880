"""Which tasks share a call, and that nobody's later task comes before an earlier one."""

import random
from datetime import UTC, datetime

from tidings.base.ids import BrandId, ProfileId, TaskId
from tidings.storage.slots import Slot
from tidings.work.model import Task
from tidings.work.order import calls_in_order

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


def tasks(*names: tuple[str, int | None]) -> list[Task]:
    """Make tasks, numbered from 1, by name and person."""
    return [
        Task(
            slot=Slot(7),
            task_id=TaskId(number),
            name=name,
            brand_id=BrandId(1001),
            run_at=NOON,
            profile_id=None if person is None else ProfileId(person),
            attempts=0,
        )
        for number, (name, person) in enumerate(names, start=1)
    ]


def calls(*names: tuple[str, int | None]) -> list[tuple[str, list[int]]]:
    """Return the calls for such tasks as names and numbers."""
    return [
        (call.name, [task.task_id for task in call.tasks]) for call in calls_in_order(tasks(*names))
    ]


def test_people_with_the_same_names_share_calls() -> None:
    """Sharing is what makes a worker fast: one statement for a thousand people."""
    assert calls(("a", 1), ("b", 1), ("a", 2), ("b", 2)) == [("a", [1, 3]), ("b", [2, 4])]


def test_a_name_that_comes_back_gets_another_call() -> None:
    """Grouping by name alone would do the third task of this person before the second."""
    assert calls(("a", 1), ("b", 1), ("a", 1)) == [("a", [1]), ("b", [2]), ("a", [3])]


def test_a_run_of_one_name_is_one_call() -> None:
    """A person with a hundred tasks of a name must not cost a hundred calls."""
    assert calls(("a", 1), ("a", 1), ("a", 2), ("b", 1)) == [("a", [1, 2, 3]), ("b", [4])]


def test_tasks_without_a_person_go_together() -> None:
    """They have no order, so nothing keeps them apart."""
    assert calls(("a", None), ("b", None), ("a", None)) == [("a", [1, 3]), ("b", [2])]


def test_the_same_profile_id_in_two_slots_is_two_people() -> None:
    """A profile's key is its slot and its id."""
    one, two = tasks(("a", 1), ("b", 1))
    elsewhere = Task(
        slot=Slot(8),
        task_id=two.task_id,
        name="b",
        brand_id=two.brand_id,
        run_at=NOON,
        profile_id=two.profile_id,
        attempts=0,
    )

    assert [call.name for call in calls_in_order([elsewhere, one])] == ["b", "a"]


def test_any_tasks_come_back_once_and_in_everybodys_order() -> None:
    """Whatever the mixture of people and names."""
    for seed in range(200):
        draw = random.Random(seed)  # noqa: S311 - the same tasks in every run
        given = tasks(
            *(
                (draw.choice("abc"), draw.choice([1, 2, 3, None]))
                for _ in range(draw.randint(0, 30))
            )
        )

        in_calls = [task for call in calls_in_order(given) for task in call.tasks]

        assert sorted(in_calls, key=lambda task: task.task_id) == given
        for person in (1, 2, 3):
            assert [task for task in in_calls if task.profile_id == person] == [
                task for task in given if task.profile_id == person
            ]
