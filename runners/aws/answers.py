"""Turns the refusals of AWS into exceptions: each holds a sentence for people, and its type says if waiting helps."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import botocore.exceptions

from bot.ports.engines import EngineError, NoRoom

UNSUPPORTED = "Unsupported"  # the type is not offered in that zone, or not as a spot machine
# The error codes below are those of "Error codes for the Amazon EC2 API".
_FULL = (
    "InsufficientInstanceCapacity",
    "InsufficientHostCapacity",
    "InsufficientFreeAddressesInSubnet",
    "InsufficientVolumeCapacity",
    "SpotMaxPriceTooLow",
    UNSUPPORTED,
)
_LATER = (
    "InstanceLimitExceeded",
    "MaxSpotInstanceCountExceeded",
    "PendingVerification",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "EC2ThrottledException",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "Unavailable",
    "VcpuLimitExceeded",
    "VolumeLimitExceeded",
)
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_UNKNOWN = (
    "AuthFailure",
    "Blocked",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "MissingAuthenticationToken",
    "OptInRequired",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)
_NO_SPOT_ROLE = "AuthFailure.ServiceLinkedRoleCreationNotPermitted"
_AWAY = (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError)
_PERMISSION = re.compile(r"perform: ([a-z0-9-]+:[A-Za-z]+)")
# Everybody who reads the pull request reads the sentence: it holds no account numbers, and no blob that only the
# account can decode.
_PRIVATE = re.compile(r"arn:\S+|\b\d{12}\b|(You can use|Encoded authorization).*", re.DOTALL)
_POLICY = "docs/runners/aws.md has the policy that its credentials need."


class Full(NoRoom):
    """Says that EC2 has no room in this zone, or not in this market (spot or on demand)."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


@contextmanager
def understood(doing: str) -> Iterator[None]:
    """Raise Full, NoRoom or EngineError for whatever botocore raises inside the block.

    `doing` names what AWS is asked for and begins with a verb: `launch g5.xlarge in eu-west-1`.
    """
    try:
        yield
    except botocore.exceptions.ClientError as error:
        raise _refusal(doing, error) from error
    except botocore.exceptions.NoCredentialsError as error:
        raise EngineError(f"The bot has no AWS credentials to {doing}: docs/runners/aws.md says where.") from error
    except _AWAY as error:
        raise NoRoom(f"EC2 can't be reached to {doing} ({type(error).__name__}).") from error
    except botocore.exceptions.BotoCoreError as error:
        raise EngineError(f"The bot can't {doing} with the AWS configuration it has: {plain(str(error))}") from error


def plain(message: str) -> str:
    """Return AWS's message on one line of at most 300 characters, without account numbers and encoded blobs."""
    return " ".join(_PRIVATE.sub("…", message).split())[:300]


def _refusal(doing: str, error: botocore.exceptions.ClientError) -> Exception:
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _FULL:
        return Full(f"EC2 has no room to {doing} now ({code}).", code)
    if code in _LATER or status >= 500:
        return NoRoom(f"EC2 will not {doing} now ({code}).")
    if code in _DENIED:
        # A launch may be refused for its tags, so the message names the missing permission better than the call does.
        named = _PERMISSION.search(message)
        permission = named[1] if named else f"ec2:{error.operation_name}"
        return EngineError(f"The bot may not {doing}: it needs `{permission}` ({code}). {_POLICY}")
    if code == _NO_SPOT_ROLE:
        return EngineError(
            f"The bot may not {doing}: the account has no role `AWSServiceRoleForEC2Spot` yet. Its administrator can: "
            "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com"
        )
    if code in _UNKNOWN:
        return EngineError(f"AWS does not take the bot's credentials to {doing} ({code}). {_POLICY}")
    return EngineError(f"EC2 would not {doing} ({code}): {plain(message)}")
