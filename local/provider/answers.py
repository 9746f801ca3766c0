"""gRPC answers for what can go wrong: the engine prints the text of each as it stands."""

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias, TypeVar

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from local.provider.errors import PartialFailureError, UserError
from local.provider.values import to_struct

T = TypeVar("T")
Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


async def run(context: Context, work: Callable[[], T]) -> T:
    """The result of blocking work, done in a thread; a failure ends the request with its text."""
    try:
        return await asyncio.to_thread(work)
    except UserError as error:
        await refuse(context, str(error))
    except PartialFailureError as error:
        # Keeps the object in the state, marked as failed: the next run updates it.
        details = (("grpc-status-details-bin", _partial(error).SerializeToString()),)
        await context.abort(grpc.StatusCode.UNKNOWN, "; ".join(error.reasons), details)
    except Exception as error:
        # A fault of this provider, not of the user: what it was helps whoever mends it.
        await context.abort(grpc.StatusCode.INTERNAL, f"the local provider failed: {error!r}")


async def refuse(context: Context, sentence: str) -> NoReturn:
    await context.abort(grpc.StatusCode.FAILED_PRECONDITION, sentence)


def _partial(error: PartialFailureError) -> status_pb2.Status:
    code: int = grpc.StatusCode.UNKNOWN.value[0]
    status = status_pb2.Status(code=code, message="; ".join(error.reasons))
    status.details.add().Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.id,
            properties=to_struct(error.outputs),
            inputs=to_struct(error.inputs),
            reasons=error.reasons,
        )
    )
    return status
