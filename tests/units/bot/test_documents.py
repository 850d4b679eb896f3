"""Documents and manifests that must agree with the code."""

from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from bot.events import EVENTS
from bot.settings import Settings, SettingsError, read_settings
from docs.write import documents
from services.github.tokens import PERMISSIONS

ROOT = Path(__file__).parents[3]


def test_every_setting_is_documented_with_its_help() -> None:
    page = (ROOT / "docs/configuration.md").read_text()
    for item in fields(Settings):
        assert f"`{item.name.upper()}`" in page
        assert item.metadata["help"] in page


def test_documents_agree_with_the_code() -> None:
    for path, text in documents().items():
        assert path.read_text() == text, "write it anew: make docs"


def test_the_manifest_subscribes_to_what_the_code_understands() -> None:
    manifest = yaml.safe_load((ROOT / "app.yml").read_text())
    assert tuple(manifest["default_events"]) == EVENTS
    # Every token is narrowed from these. GitHub sends issue_comment only to Apps that may read issues; no token does.
    assert manifest["default_permissions"] == PERMISSIONS | {"issues": "read"}


def test_all_missing_settings_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        read_settings({"GITHUB_APP_ID": "seven"})
    for name in ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET", "REDIS_URL", "PUBLIC_URL", "DATA_DIR"):
        assert name in str(error.value)
