"""What is done with channels: added, looked at, changed, removed; their secrets sealed anew."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from tidings.base import clock, limits, log
from tidings.base.errors import Code, Mistake, Refused
from tidings.base.ids import BrandId
from tidings.base.media import Medium
from tidings.brands import actions as brands
from tidings.channels import store
from tidings.channels.keyring import Keyring
from tidings.channels.kinds import KINDS
from tidings.channels.model import Channel, ChannelId, Pace, ShutChannel
from tidings.channels.settings import Settings, parts_of, read_settings, secret_names
from tidings.storage.tx import Tx

_KEY = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{limits.MAX_CHANNEL_KEY_CHARACTERS - 1}}}")
_NOT_YET = ChannelId(0)

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a channel is to be.

    Shape:  medium - None for what its provider usually carries; settings - by name, as texts or
            as JSON has them, secrets too.
    """

    key: str
    provider: str
    settings: Mapping[str, object]
    medium: Medium | None = None
    per_second: float | None = None
    connections: int = limits.CHANNEL_CONNECTIONS


async def add(tx: Tx, keyring: Keyring, brand_id: BrandId, wanted: Wanted) -> Channel:
    """Add a channel to a brand; nothing is sent.

    Errors: `invalid` for a key, a provider, a medium or settings, with every mistake; `conflict`
            when the brand has a channel of this key; `not_found` for an unknown brand.
    """
    await brands.find_brand(tx, brand_id)
    if _KEY.fullmatch(wanted.key) is None:
        most = limits.MAX_CHANNEL_KEY_CHARACTERS
        message = f"A key has 1 to {most} small letters, digits, hyphens and underscores."
        raise Refused(Code.INVALID, message)
    if await store.count_channels(tx, brand_id) >= limits.MAX_CHANNELS_PER_BRAND:
        most = limits.MAX_CHANNELS_PER_BRAND
        raise Refused(Code.INVALID, f"A brand has at most {most} channels; remove one.")
    made = Channel(
        channel_id=_NOT_YET,
        brand_id=brand_id,
        key=wanted.key,
        medium=_medium_of(wanted),
        provider=wanted.provider,
        settings=_read(wanted.provider, wanted.settings),
        pace=_checked(Pace(wanted.per_second, wanted.connections)),
        updated_at=clock.now(),
    )
    if not await store.insert_channel(tx, _shut(keyring, made)):
        raise Refused(Code.CONFLICT, f"Brand {brand_id} has a channel {wanted.key!r} already.")
    return await find(tx, keyring, brand_id, wanted.key)


async def find(tx: Tx, keyring: Keyring, brand_id: BrandId, key: str) -> Channel:
    """Return a brand's channel, ready to be opened.

    Errors: `not_found` when the brand has none of this key; `conflict` when its secrets do not
            open.
    """
    return _opened(keyring, await find_shut(tx, brand_id, key))


async def find_by_id(tx: Tx, keyring: Keyring, brand_id: BrandId, channel_id: ChannelId) -> Channel:
    """Return a brand's channel by its id, ready to be opened.

    Errors: `not_found` when the brand has it no more; `conflict` when its secrets do not open.
    """
    for shut in await store.select_channels(tx, brand_id):
        if shut.channel_id == channel_id:
            return _opened(keyring, shut)
    raise Refused(Code.NOT_FOUND, f"Brand {brand_id} has no channel {channel_id}.")


async def find_shut(tx: Tx, brand_id: BrandId, key: str) -> ShutChannel:
    """Return a brand's channel as it is stored.

    Errors: `not_found` when the brand has none of this key.
    """
    return _there(await store.select_channel(tx, brand_id, key), brand_id, key)


async def hook_of(tx: Tx, brand_id: BrandId, key: str) -> str:
    """Return the word in the URL that a channel's reports come to, which nobody can guess.

    Errors: `not_found` when the brand has none of this key.
    """
    hook = await store.select_hook(tx, brand_id, key)
    if hook is None:
        raise _unknown(brand_id, key)
    return hook


async def find_by_hook(tx: Tx, keyring: Keyring, hook: str) -> Channel | None:
    """Return the channel whose reports come to this word, None when there is none.

    Errors: `conflict` when its secrets do not open.
    """
    shut = await store.select_channel_of_hook(tx, hook)
    return None if shut is None else _opened(keyring, shut)


async def list_of_provider(tx: Tx, keyring: Keyring, provider: str) -> list[Channel]:
    """Return the channels of a provider, of all brands, without those whose secrets do not open."""
    found: list[Channel] = []
    for shut in await store.select_channels_of_provider(tx, provider):
        try:
            found.append(_opened(keyring, shut))
        except Refused as refused:
            log.error(log.Action.CHANNEL_UNUSABLE, cause=refused, number=shut.channel_id)
    return found


async def list_channels(tx: Tx, brand_id: BrandId) -> list[ShutChannel]:
    """Return a brand's channels, by key."""
    return await store.select_channels(tx, brand_id)


async def update(
    tx: Tx,
    keyring: Keyring,
    brand_id: BrandId,
    key: str,
    *,
    settings: Mapping[str, object],
    pace: Pace | None = None,
) -> Channel:
    """Change some of a channel's settings; the others stay.

    Shape:  settings - as `Wanted` has them, and None takes one back to its default; pace - None
            to leave it.
    Errors: as `add` and `find`. A channel whose secrets do not open can be changed if all of them
            are given anew.
    """
    shut = _there(await store.lock_channel(tx, brand_id, key), brand_id, key)
    seen: dict[str, object] = msgspec.json.decode(shut.settings)
    kept = {**seen, **_secrets_beside(keyring, shut, given=settings), **settings}
    read = _read(shut.provider, {name: value for name, value in kept.items() if value is not None})
    changed = replace(
        _with_settings(shut, read),
        pace=shut.pace if pace is None else _checked(pace),
        updated_at=clock.now(),
    )
    await store.update_channel(tx, _shut(keyring, changed), at=changed.updated_at)
    return changed


async def remove(tx: Tx, brand_id: BrandId, key: str) -> None:
    """Delete a channel and its secrets.

    Errors: `not_found` when the brand has none of this key.
    """
    if not await store.delete_channel(tx, brand_id, key):
        raise _unknown(brand_id, key)


async def seal_anew(tx: Tx, keyring: Keyring, brand_id: BrandId) -> int:
    """Seal a brand's secrets with the newest key, and return of how many channels; then the old
    key may go.

    Errors: `conflict` when the secrets of a channel do not open.
    """
    count = 0
    for listed in await store.select_channels(tx, brand_id):
        shut = await store.lock_channel(tx, brand_id, listed.key)
        if shut is not None and not keyring.is_newest(shut.sealed):
            sealed = keyring.seal(keyring.open(shut.sealed, place=_place(shut)), place=_place(shut))
            await store.update_channel(tx, replace(shut, sealed=sealed), at=shut.updated_at)
            count += 1
    return count


def _medium_of(wanted: Wanted) -> Medium:
    kind = _kind_of(wanted.provider)
    medium = wanted.medium or Medium(kind.media[0])
    if medium.value not in kind.media:
        carried = " and ".join(kind.media)
        raise Refused(Code.INVALID, f"{wanted.provider} carries {carried}, not {medium}.")
    return medium


def _kind_of(provider: str) -> type[Settings]:
    if provider not in KINDS:
        known = ", ".join(KINDS)
        raise Refused(Code.INVALID, f"There is no provider {provider!r}; there are {known}.")
    return KINDS[provider]


def _read(provider: str, values: Mapping[str, object]) -> Settings:
    read = read_settings(_kind_of(provider), values)
    if isinstance(read, list):
        named = "; ".join(f"{mistake.field}: {mistake.message}" for mistake in read)
        raise Refused(Code.INVALID, f"The settings are wrong. {named}.", mistakes=read)
    return read


def _checked(pace: Pace) -> Pace:
    mistakes: list[Mistake] = []
    if pace.per_second is not None and not 0 < pace.per_second <= limits.MAX_CHANNEL_PER_SECOND:
        mistakes.append(
            Mistake(f"must be above 0, at most {limits.MAX_CHANNEL_PER_SECOND:,}", "per_second")
        )
    if not 1 <= pace.connections <= limits.MAX_CHANNEL_CONNECTIONS:
        mistakes.append(Mistake(f"must be 1 to {limits.MAX_CHANNEL_CONNECTIONS}", "connections"))
    if mistakes:
        named = "; ".join(f"{mistake.field}: {mistake.message}" for mistake in mistakes)
        raise Refused(Code.INVALID, f"{named}.", mistakes=mistakes)
    return pace


def _secrets_beside(
    keyring: Keyring, shut: ShutChannel, *, given: Mapping[str, object]
) -> dict[str, object]:
    try:
        return msgspec.json.decode(keyring.open(shut.sealed, place=_place(shut)))
    except Refused:
        if not secret_names(_kind_of(shut.provider)) <= given.keys():
            raise
        return {}


def _shut(keyring: Keyring, channel: Channel) -> ShutChannel:
    seen, secret = parts_of(channel.settings)
    shut = ShutChannel(
        channel_id=channel.channel_id,
        brand_id=channel.brand_id,
        key=channel.key,
        medium=channel.medium,
        provider=channel.provider,
        settings=_encode(seen),
        sealed=b"",
        pace=channel.pace,
        updated_at=channel.updated_at,
    )
    return replace(shut, sealed=keyring.seal(_encode(secret), place=_place(shut)))


def _opened(keyring: Keyring, shut: ShutChannel) -> Channel:
    secret = msgspec.json.decode(keyring.open(shut.sealed, place=_place(shut)))
    seen = msgspec.json.decode(shut.settings)
    return _with_settings(shut, _read(shut.provider, {**seen, **secret}))


def _with_settings(shut: ShutChannel, settings: Settings) -> Channel:
    return Channel(
        channel_id=shut.channel_id,
        brand_id=shut.brand_id,
        key=shut.key,
        medium=shut.medium,
        provider=shut.provider,
        settings=settings,
        pace=shut.pace,
        updated_at=shut.updated_at,
    )


def _place(shut: ShutChannel) -> str:
    return f"channel {shut.key} of brand {shut.brand_id}"


def _there(shut: ShutChannel | None, brand_id: BrandId, key: str) -> ShutChannel:
    if shut is None:
        raise _unknown(brand_id, key)
    return shut


def _unknown(brand_id: BrandId, key: str) -> Refused:
    return Refused(Code.NOT_FOUND, f"Brand {brand_id} has no channel {key!r}.")
