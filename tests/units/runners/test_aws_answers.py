"""Answers of AWS, explained in sentences."""

import botocore.exceptions
import pytest

from bot.ports.engines import EngineError, NoRoom
from runners.aws.answers import Full, plain, understood

DENIED = (
    "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/bot is not authorized to "
    "perform: ec2:CreateTags on resource: arn:aws:ec2:us-west-1:123456789012:instance/* because no identity-based "
    "policy allows the ec2:CreateTags action. Encoded authorization failure message: aGVsbG8"
)


def says(code: str, message: str = "", status: int = 400) -> botocore.exceptions.ClientError:
    return botocore.exceptions.ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},
        "RunInstances",
    )


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (says("InsufficientInstanceCapacity", status=500), Full, "no room to launch"),
        (says("InsufficientFreeAddressesInSubnet"), Full, "no room to launch"),
        (says("VcpuLimitExceeded"), NoRoom, "will not launch"),
        (says("RequestLimitExceeded", status=503), NoRoom, "will not launch"),
        (says("503", status=503), NoRoom, "will not launch"),
        (says("UnauthorizedOperation", DENIED, 403), EngineError, "needs `ec2:CreateTags`"),
        (says("UnauthorizedOperation", status=403), EngineError, "needs `ec2:RunInstances`"),
        (says("AuthFailure.ServiceLinkedRoleCreationNotPermitted"), EngineError, "create-service-linked-role"),
        (says("InvalidClientTokenId", status=403), EngineError, "does not take the bot's credentials"),
        (
            says("InvalidSubnetID.NotFound", "The subnet ID 'subnet-a' does not exist"),
            EngineError,
            "'subnet-a' does not",
        ),
        (botocore.exceptions.NoCredentialsError(), EngineError, "has no AWS credentials"),
        (botocore.exceptions.PartialCredentialsError(provider="env", cred_var="secret"), EngineError, "configuration"),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="http://x"), NoRoom, "can't be reached"),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="http://x"), NoRoom, "can't be reached"),
    ],
)
def test_each_refusal_is_a_sentence_that_says_whether_waiting_helps(
    error: Exception, kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence) as raised, understood("launch t3.micro in us-west-1"):
        raise error
    assert "123456789012" not in str(raised.value) and "aGVsbG8" not in str(raised.value)


def test_answers_of_aws_are_harmless_to_publish() -> None:
    assert plain(DENIED).startswith("You are not authorized to perform this operation. User: … is not authorized")
    assert "123456789012" not in plain(DENIED) and "aGVsbG8" not in plain(DENIED)
