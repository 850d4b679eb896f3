"""The operator's settings."""

import pytest

from bot.settings import Settings, read_settings

KEY = "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----"
ENVIRON = {
    "GITHUB_APP_ID": "7",
    "GITHUB_PRIVATE_KEY": KEY,
    "GITHUB_WEBHOOK_SECRET": "hush",
    "REDIS_URL": "unix:///run/studio/redis.sock",
    "PUBLIC_URL": "https://studio.example.com/",
    "DATA_DIR": "/var/lib/studio",
}


def settings(**changes: str) -> Settings:
    return read_settings(ENVIRON | changes)


def test_no_secret_is_shown_when_settings_are_printed() -> None:
    shown = repr(settings(REDIS_URL="redis://:password@localhost"))
    assert not any(secret in shown for secret in ("hush", "PRIVATE", "password"))


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("unix:///run/redis.sock", True),
        ("redis://:secret@127.0.0.1:6379/0", True),
        ("redis://127.0.0.1:6379/0", False),
        ("rediss://redis.example.com", False),
    ],
)
def test_a_redis_that_training_could_reach_is_recognised(address: str, private: bool) -> None:
    assert settings(REDIS_URL=address).redis_is_private is private


def test_lists_and_addresses_are_read() -> None:
    read = settings(TRUSTED_REPOSITORIES="Lab/Digits, lab/words", LOCAL_REMOTES="Lab/Digits=/srv/a:lab/words=/srv/b")
    assert read.trusted_repositories == {"lab/digits", "lab/words"}
    assert read.local_remotes == (("Lab/Digits", "/srv/a"), ("lab/words", "/srv/b"))
    assert read.public_url == "https://studio.example.com"
