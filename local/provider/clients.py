"""boto3 clients for the emulator, and one service call with its errors made readable.

The clients are cut off from the user's own AWS setup: no profile, no shared files, no proxy,
explicit credentials and an explicit loopback endpoint for each call.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Protocol, cast

from local.provider.config import ProviderConfig
from local.provider.convert import Shape, find, from_response, to_request
from local.provider.errors import ServiceError, UserError
from local.provider.values import Json, Props

POLL_SECONDS = 0.2
DEFAULT_TIMEOUT = 300.0  # seconds, when the resource names none


class _Operation(Protocol):
    input_shape: Shape | None
    output_shape: Shape | None


class _ServiceModel(Protocol):
    def operation_model(self, operation_name: str) -> _Operation: ...


class _Meta(Protocol):
    method_to_api_mapping: Mapping[str, str]
    service_model: _ServiceModel


class _Paginator(Protocol):
    def paginate(self, **request: Json) -> Iterable[Props]: ...


class Client(Protocol):
    """What is used of a boto3 client, which ships without types."""

    meta: _Meta

    def get_paginator(self, operation_name: str) -> _Paginator: ...


class _Session(Protocol):
    def create_client(self, service_name: str, **options: Json) -> Client: ...


class Clients:
    """One client for each service and region of a provider configuration."""

    def __init__(self, config: ProviderConfig) -> None:
        self.config = config
        self.cancelled = threading.Event()
        self._lock = threading.Lock()
        self._session: _Session | None = None
        self._clients: dict[tuple[str, str], Client] = {}

    def get(self, service: str, region: str) -> Client:
        endpoint = self.config.endpoint(service)
        with self._lock:  # botocore builds clients one at a time only
            if (service, region) not in self._clients:
                self._clients[service, region] = self._create(service, region, endpoint)
            return self._clients[service, region]

    @cached_property
    def account(self) -> str:
        """The account the emulator answers as."""
        return Api(self, "sts").call("get_caller_identity")["account"]

    def _create(self, service: str, region: str, endpoint: str) -> Client:
        import botocore.config
        import botocore.session

        if self._session is None:
            nothing = (None, None, os.devnull, None)
            self._session = cast(
                _Session,
                botocore.session.Session(
                    session_vars={
                        "profile": (None, None, None, None),
                        "config_file": nothing,
                        "credentials_file": nothing,
                    }
                ),
            )
        return self._session.create_client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=self.config.access_key,
            aws_secret_access_key=self.config.secret_key,
            aws_session_token=self.config.token,
            config=botocore.config.Config(
                connect_timeout=5,
                read_timeout=120,
                max_pool_connections=50,
                retries={"total_max_attempts": 3, "mode": "standard"},
                s3={"addressing_style": "path"},
                proxies={},
                parameter_validation=True,
            ),
        )


class Api:
    """One service as one resource uses it: in its region, within its time."""

    def __init__(
        self, clients: Clients, service: str, *, region: str = "", timeout: float = 0.0
    ) -> None:
        self._clients = clients
        self.service = service
        self.region = region or clients.config.region
        self._deadline = time.monotonic() + (timeout or DEFAULT_TIMEOUT)

    @property
    def account(self) -> str:
        return self._clients.account

    @property
    def default_tags(self) -> Mapping[str, str]:
        return self._clients.config.default_tags

    def knows(self, operation: str) -> Mapping[str, Shape]:
        """The arguments of an operation."""
        shape = self._model(operation).input_shape
        return shape.members if shape else {}

    def call(
        self,
        operation: str,
        arguments: Props | None = None,
        *,
        address: Props | None = None,
    ) -> Props:
        """Raises ServiceError when the service refuses, UserError when the call can't be made.

        Of `address` only what the operation knows is sent; every one of `arguments` must be known.
        """
        model = self._model(operation)
        arguments = dict(arguments or {})
        known = self.knows(operation)
        for key, value in (address or {}).items():
            member = find(key, known)
            if member and all(find(member, {given: 0}) is None for given in arguments):
                arguments[member] = value
        request = (
            to_request(model.input_shape, arguments, f"{self.service} {operation}")
            if model.input_shape
            else {}
        )
        answer = self._send(operation, request)
        return from_response(model.output_shape, answer) if model.output_shape else {}

    def pages(self, operation: str, items: str, **arguments: Json) -> list[Json]:
        """All items of a paginated list."""
        model = self._model(operation)
        if model.input_shape is None or model.output_shape is None:
            return []
        output = model.output_shape
        request = to_request(model.input_shape, arguments, f"{self.service} {operation}")
        paginate = self._client.get_paginator(operation).paginate
        pages = self._guard(operation, lambda: list(paginate(**request)))
        return [item for page in pages for item in from_response(output, page).get(items, [])]

    def body(self, operation: str, **arguments: Json) -> bytes:
        """The bytes that an operation streams."""
        return self._send(operation, arguments)["Body"].read()

    def wait(self, done: Callable[[], bool], what: str) -> None:
        """Polls until `done`. Raises UserError when the run is cancelled or the time is up."""
        while not done():
            if self._clients.cancelled.is_set():
                raise UserError(f"cancelled while waiting for {what}")
            if time.monotonic() > self._deadline:
                raise UserError(f"gave up waiting for {what}; `customTimeouts` gives it longer")
            time.sleep(POLL_SECONDS)

    @property
    def _client(self) -> Client:
        return self._clients.get(self.service, self.region)

    def _model(self, operation: str) -> _Operation:
        meta = self._client.meta
        return meta.service_model.operation_model(meta.method_to_api_mapping[operation])

    def _send(self, operation: str, request: Props) -> Props:
        method: Callable[..., Props] = getattr(self._client, operation)
        answer = self._guard(operation, lambda: method(**request))
        if answer.get("FailedEntryCount"):
            entry = answer["FailedEntries"][0]
            raise ServiceError(
                service=self.service,
                operation=operation,
                code=entry.get("ErrorCode", ""),
                message=entry.get("ErrorMessage", ""),
            )
        return answer

    def _guard(self, operation: str, send: Callable[[], Json]) -> Json:
        from botocore import exceptions

        try:
            return send()
        except exceptions.ClientError as error:
            details: Props = cast(Props, error.response).get("Error", {})
            raise ServiceError(
                service=self.service,
                operation=operation,
                code=str(details.get("Code", "")),
                message=str(details.get("Message", "")).strip(),
            ) from None
        except exceptions.ParamValidationError as error:
            problems = "; ".join(str(error).splitlines()[1:])
            sentence = f"{self.service} {operation} can't take these values: {problems}"
            raise UserError(sentence) from None
        except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
            endpoint = self._clients.config.endpoint(self.service)
            raise UserError(
                f"no answer from the emulator at {endpoint}: is it up? ({type(error).__name__})"
            ) from None
