"""The provider's errors.

Each holds the one sentence that the user reads; the engine prints it and no traceback.
"""

from dataclasses import dataclass, field

from local.provider.values import Props

# How AWS services say "it does not exist". Codes that mean it only for one type stand in that
# type's `gone`.
GONE = frozenset(
    {
        "404",
        "EntityNotFoundException",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchEntity",
        "NoSuchKey",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "NotFound",
        "NotFoundException",
        "OwnershipControlsNotFoundError",
        "ParameterNotFound",
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)

# How they say "that name is taken".
EXISTS = frozenset(
    {
        "AlreadyExistsException",
        "BucketAlreadyExists",
        "BucketAlreadyOwnedByYou",
        "ConflictException",
        "EntityAlreadyExists",
        "ParameterAlreadyExists",
        "QueueAlreadyExists",
        "QueueNameExists",
        "ResourceAlreadyExistsException",
        "ResourceConflictException",
        "ResourceExistsException",
        "ResourceInUseException",
    }
)


class UserError(Exception):
    """Something the user can act on."""


class ServiceError(UserError):
    """A service refused a call."""

    def __init__(self, *, service: str, operation: str, code: str, message: str) -> None:
        super().__init__(f"{service} refused {operation}: {code}: {message}")
        self.code = code
        self.message = message


@dataclass
class PartialFailureError(Exception):
    """The object exists but is not as asked.

    Its state must be kept, or the next run could not mend it.
    """

    id: str
    inputs: Props
    outputs: Props
    reasons: list[str] = field(default_factory=list[str])
