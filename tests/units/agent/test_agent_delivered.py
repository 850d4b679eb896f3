"""DVC's messages about a push, as the agent reads them."""

import pytest

from runners.agent.data.delivered import judged

HELP = "\n\nHaving any troubles? Hit us up at https://dvc.org/support, we are always happy to help!\n"
ONE, OTHER = "23" * 16, "45" * 16
MISSING = "WARNING: Some of the cache files do not exist neither locally nor on remote. Missing cache files:\n"


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (
            f"ERROR: unexpected error - s3 is supported, but requires 'dvc-s3' to be installed: No module{HELP}",
            "DVC needs the plugin `dvc-s3` for it, which the runner does not have. The operator installs it.",
        ),
        (
            f"ERROR: unexpected error - Unable to locate credentials{HELP}",
            "Unable to locate credentials. The operator gives the runner credentials that may write there.",
        ),
        (
            f"ERROR: failed to transfer '{ONE}' - [Errno 13] Permission denied: '/data/home/x'\n"
            "ERROR: failed to push data to the cloud - 2 files failed to upload\n",
            "Permission denied. Whoever keeps that place makes it writable for the runner.",
        ),
        (
            "ERROR: configuration error - config file error: Unsupported URL type foo:// for dictionary value",
            "Unsupported URL type foo:// for dictionary value. Mend it in `.dvc/config` and train again.",
        ),
        ("ERROR: unexpected error - no `code` here: https://ada:key@host/x", "no 'code' here: https://host/x."),
        ("ERROR: failed to push data to the cloud - 2 files failed to upload", "2 files failed to upload."),
        (HELP, "DVC gave no reason."),
        ("", "DVC gave no reason."),
    ],
)
def test_the_cause_is_one_sentence_without_dvcs_advice(message: str, cause: str) -> None:
    found = judged(message, 255, "storage", "s3://user:key@models", ())
    assert found.data == "not pushed" and not found.lost
    assert found.cause == f"The DVC remote `storage` (`s3://models`) did not take it: {cause}"


def test_data_that_dvc_misses_is_not_pushed_even_when_dvc_exits_well() -> None:
    assert judged("2 files pushed\n", 0, "storage", "s3://models", ()).data == "pushed"
    found = judged(f"{MISSING}md5: {ONE}\nmd5: {OTHER}.dir\n2 files pushed\n", 0, "storage", "s3://models", {ONE})
    assert found.data == "not pushed" and found.lost
    assert found.cause == (
        "The object `2323232` no longer had its hash where it was kept, and was not pushed. "
        "The object `4545454` of its commit is neither where it was looked for nor in the remote."
    )
