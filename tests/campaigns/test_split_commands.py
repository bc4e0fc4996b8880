"""What the commands and the report say of a test, at every stage of it."""

import re

from tests.campaigns.splits import (
    SPLIT,
    begin,
    crowd,
    decide,
    find,
    finish,
    let_pass,
    open_all,
    send_test,
)
from tests.campaigns.test_commands import run
from tests.messages.post import Post
from tests.reports import test_commands as reports
from tidings.campaigns.model import CampaignId

PEOPLE = 60
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"


async def standing(post: Post, campaign: CampaignId) -> list[str]:
    """Return what `show` prints about the test."""
    printed = await run(post, "show", campaign)
    table = printed[printed.index("variant ") :]
    return [re.sub(r" {2,}", " ", line) for line in table.splitlines() if line]


async def listed(post: Post) -> str:
    """Return the last cell of the only campaign in the list."""
    return re.split(r" {2,}", (await run(post, "list")).splitlines()[1])[-1]


async def test_show_tells_what_each_variant_has_got_and_the_winner(post: Post) -> None:
    """And before that, when it is picked, and by what."""
    await crowd(post, PEOPLE)
    campaign = await begin(post)
    head = "variant template sent opened clicked converted"
    picked = "40 in 100 people are in the test. Its winner is picked by opens"
    assert await standing(post, campaign) == [
        head,
        "1 short 0 0 0 0",
        "2 long 0 0 0 0",
        f"{picked}, 4 hours after all of it was sent.",
    ]
    assert await listed(post) == "40% by opens"

    await send_test(post, campaign)
    opened = await open_all(post, campaign, of="long")
    *table, said = await standing(post, campaign)
    trials = (await find(post, campaign))[2].trials
    assert table == [head, f"1 short {trials[0].sent} 0 0 0", f"2 long {opened} {opened} 0 0"]
    assert re.fullmatch(f"{re.escape(picked)} at {TIME}\\.", said)

    await let_pass(post, campaign)
    await decide(post)
    await finish(post, campaign)
    *after, said = await standing(post, campaign)
    assert after == table
    assert re.fullmatch(rf"Variant 2 is the winner, since it is the best: {TIME}\.", said)
    assert await listed(post) == "variant 2"


async def test_the_winner_is_picked_by_command(post: Post) -> None:
    """By the number that `show` has."""
    await crowd(post, PEOPLE)
    campaign = await begin(post)

    said = [await run(post, "winner", campaign, "--variant", variant) for variant in (3, 2, 1)]

    assert said == [
        "variant must be from 1 to 2.",
        f"Campaign {campaign} is sending.\n",
        f"Campaign {campaign} has its winner: variant 2.",
    ]
    *_, told = await standing(post, campaign)
    assert re.fullmatch(rf"Variant 2 is the winner, since somebody picked it: {TIME}\.", told)
    assert await run(post, "winner", 99, "--variant", 1) == (
        f"Brand {post.brand_id} has no campaign 99."
    )


async def test_the_report_tells_the_test_and_those_who_wait_for_its_winner(post: Post) -> None:
    """The rows of the templates are those of the variants, in the sheet, too."""
    await crowd(post, PEOPLE)
    campaign = await begin(post)
    tested = await send_test(post, campaign)

    printed = await reports.run(post, "campaign", campaign)
    sheet = await reports.run(post, "campaign", campaign, "--csv")

    assert (await standing(post, campaign))[-1] in printed
    rows = [line.split(",") for line in sheet.splitlines()]
    by_template = {row[1]: (int(row[2]), int(row[3])) for row in rows if row[0] == "template"}
    assert by_template[""] == (PEOPLE - tested, PEOPLE - tested)
    assert sum(intended for intended, _ in by_template.values()) == PEOPLE
    assert [by_template[one["template"]][1] for one in SPLIT["variants"]] == [0, 0]
