"""Finds the options that a defaults list chooses of each group, as Hydra itself reads it."""

from collections.abc import Collection, Iterator, Mapping
from typing import cast

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository, IConfigRepository
from hydra._internal.defaults_list import OverrideMetadata, Overrides, _create_defaults_list
from hydra.core.default_element import ResultDefault
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException


def several(name: str, groups: Collection[str], known: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Return the groups of which the configuration `name` takes several options, `model: [a, b]`, with these options.

    Hydra itself reports only groups of which one option is taken (`known`). So it is asked for the same defaults list
    with each other group overridden by its own options, and reports which overrides it used.
    """
    loader = cast(ConfigLoaderImpl, GlobalHydra.instance().config_loader())
    repository = CachingConfigRepository(loader.repository)
    by_key: dict[str, list[str]] = {group: [] for group in groups}
    for each in _list(name, repository, Overrides(repository, [])):
        for group, option in _options(each.config_path or ""):
            plain = each.package in (group.replace("/", "."), "")  # `@package _global_` is written nowhere else
            if group in groups:
                by_key.setdefault(group if plain else f"{group}@{each.package}", []).append(option)
    asked = Overrides(repository, [])
    for key in [key for key in by_key if key not in known]:
        asked.override_choices[key] = list(by_key[key])
        asked.override_metadata[key] = OverrideMetadata(external_override=True)
    try:
        _list(name, repository, asked)
    except HydraException:  # the list names something twice, for instance: Hydra tells whoever chooses
        return {key: tuple(options) for key, options in by_key.items() if options and key not in known}
    return {key: tuple(by_key[key]) for key, meta in asked.override_metadata.items() if meta.used}


def _list(name: str, repository: IConfigRepository, overrides: Overrides) -> list[ResultDefault]:
    found, _ = _create_defaults_list(repository, name, overrides, prepend_hydra=False, skip_missing=False)
    return list(found)


def _options(path: str) -> Iterator[tuple[str, str]]:
    """Yield groups with options: `model/big/vit` is the option `big/vit` of `model`, and `vit` of `model/big`."""
    for end in (index for index, character in enumerate(path) if character == "/"):
        yield path[:end], path[end + 1 :]
