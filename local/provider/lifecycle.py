"""Create, read, update and delete of any type in the table.

Update works towards what is wanted from what the service *holds*, not from what the state
remembers: that is how the next run mends an object that a failed create left half made.
"""

from local.provider import readback
from local.provider.clients import Api
from local.provider.drift import same
from local.provider.errors import EXISTS, GONE, PartialFailureError, ServiceError, UserError
from local.provider.readback import effective, outputs
from local.provider.resource import Call, Part, ResourceType, Task
from local.provider.steps import look, run
from local.provider.values import Json, Props


def create(kind: ResourceType, api: Api, inputs: Props) -> tuple[str, Props]:
    """The new object's id and outputs.

    Raises PartialFailureError when it exists but is not as asked, UserError when it does not exist.
    """
    wanted = effective(kind, inputs)
    later = [part for part in kind.parts if not part.in_create and _of(part, wanted)]
    first = {k: v for k, v in wanted.items() if not any(k in part.properties for part in later)}
    scope: Props = {"account": api.account, "region": api.region}
    usual: Props = {**kind.defaults_for(scope)}
    try:
        answer = run(kind.create, Task(kind=kind, api=api, address=usual, want=first))
    except ServiceError as error:
        raise _explained(kind, {**scope, **wanted}, error) from None
    id_ = kind.format_id({**scope, **wanted, **_created(kind, answer)})
    held: Props = {}
    try:
        held = _settle(kind, api, id_, wanted)
        for part in later:
            address, want = _address(kind, id_, held), _of(part, wanted)
            run(part.put, Task(kind=kind, api=api, address=address, want=want, have=held))
        if later:
            held = _settle(kind, api, id_, wanted)
    except Exception as error:
        # Whatever went wrong: the object exists, and what is not in the state can't be mended.
        reason = str(error) if isinstance(error, UserError) else f"fault of the provider: {error!r}"
        raise PartialFailureError(id_, inputs, outputs(kind, inputs, held), [reason]) from error
    return id_, outputs(kind, inputs, held)


def read(kind: ResourceType, api: Api, id_: str, inputs: Props) -> tuple[Props, Props] | None:
    """Inputs and outputs as the service holds them, or None when the object is gone.

    Without `inputs` (an import) every property that the service gives back counts as set.
    """
    held = observe(kind, api, id_, effective(kind, inputs) if inputs else None)
    if held is None:
        return None
    if inputs:
        found = readback.drifted(kind, api, inputs, held)
    else:
        found = readback.imported(kind, api, held)
    return found, outputs(kind, found, held)


def update(kind: ResourceType, api: Api, id_: str, old_inputs: Props, new_inputs: Props) -> Props:
    """The outputs after the update. Raises UserError."""
    old, new = effective(kind, old_inputs), effective(kind, new_inputs)
    both = {**old, **new}
    held = observe(kind, api, id_, both)
    if held is None:
        raise UserError(
            f"{kind.label} {id_!r} is gone; `pulumi refresh` makes the next run create it again"
        )
    address = _address(kind, id_, held)
    main = {key: value for key, value in new.items() if kind.part_of(key) is None}
    before = {key: value for key, value in old.items() if kind.part_of(key) is None}
    touched = False
    if kind.update and _changed(kind, before, main, held):
        reset = {key: value for key, value in kind.reset.items() if key in old and key not in new}
        want = {key: value for key, value in main.items() if not kind.forces_replacement(key)}
        want |= reset
        run(kind.update, Task(kind=kind, api=api, address=address, want=want, have=held))
        held, touched = _settle(kind, api, id_, both), True
    for part in kind.parts:
        want = _of(part, new)
        if _changed(kind, _of(part, old), want, held) or (part.follows and touched):
            step = part.put if want or part.clear is None else part.clear
            run(step, Task(kind=kind, api=api, address=address, want=want, have=held))
            held, touched = _settle(kind, api, id_, both), True
    return outputs(kind, new_inputs, held)


def delete(kind: ResourceType, api: Api, id_: str, inputs: Props, state: Props) -> None:
    """Returns when the object is gone; one that was gone already is no error.

    `skipDestroy` leaves it to whoever set that.
    """
    if inputs.get("skipDestroy"):
        return
    address = _address(kind, id_, state)
    want = {} if isinstance(kind.delete, Call) else inputs
    try:
        run(kind.delete, Task(kind=kind, api=api, address=address, want=want, have=state))
    except ServiceError as error:
        if not _is_gone(kind, error):
            raise
    else:
        if kind.slow_delete:
            api.wait(
                lambda: observe(kind, api, id_, {}) is None, f"{kind.label} {id_!r} to be deleted"
            )


def observe(kind: ResourceType, api: Api, id_: str, concern: Props | None) -> Props | None:
    """What the service tells about an object, named as Pulumi names it; None when it is gone.

    Parts that cost a call of their own are read where `concern` holds one of their properties, or
    is None.
    """
    try:
        held = look(kind.read, Task(kind=kind, api=api, address=_address(kind, id_, {})))
    except ServiceError as error:
        if _is_gone(kind, error):
            return None
        raise
    if held is None:
        return None
    held = {**_address(kind, id_, {}), **held, "region": api.region}
    scope = {**held, "account": api.account}
    held |= {key: template.format_map(scope) for key, template in kind.derived.items()}
    for part in kind.parts:
        if part.lazy and concern is not None and part.properties.isdisjoint(concern):
            continue
        address = _address(kind, id_, held)
        held |= _look_at(part, Task(kind=kind, api=api, address=address, have=held))
    return held


def _look_at(part: Part, task: Task) -> Props:
    if part.read is None:
        return {}
    try:
        return look(part.read, task) or {}
    except ServiceError as error:
        if _is_gone(task.kind, error):
            return {}
        raise


def _settle(kind: ResourceType, api: Api, id_: str, concern: Props) -> Props:
    """What the object holds once it has come to rest."""
    held: Props = {}

    def at_rest() -> bool:
        nonlocal held
        seen = observe(kind, api, id_, concern)
        if seen is None:
            return False
        held = seen
        if kind.ready is None:
            return True
        property_, values = kind.ready
        status = str(seen.get(property_))
        if status in kind.failed:
            raise UserError(f"{kind.label} {id_!r} came to {status}")
        return status in values

    api.wait(at_rest, f"{kind.label} {id_!r} to be ready")
    return held


def _changed(kind: ResourceType, old: Props, new: Props, held: Props) -> bool:
    if old.keys() - new.keys():
        return True
    return any(
        not same(value, old.get(key), ordered=kind.ordered, key=key)
        or (key not in kind.unread and not readback.means(kind, key, value, held.get(key)))
        for key, value in new.items()
    )


def _address(kind: ResourceType, id_: str, held: Props) -> Props:
    """What addresses an object: the parts of its id, and its ARN under each of its names."""
    address = {k: v for k, v in kind.address(id_).items() if k not in ("account", "region")}
    arn: Json = address.get("arn") or held.get("arn")
    return {**address, **({"arn": arn, "resourceArn": arn, "resource": arn} if arn else {})}


def _created(kind: ResourceType, answer: Props) -> Props:
    found: Props = {}
    for key, place in kind.created.items():
        value: Json = answer
        for step in place.split("."):
            value = value[step]
        found[key] = value
    return found


def _explained(kind: ResourceType, values: Props, error: ServiceError) -> UserError:
    if error.code not in EXISTS and "already exists" not in error.message.lower():
        return error
    try:
        id_ = kind.format_id(values)
    except KeyError:
        id_ = "ID"  # chosen by the service
    return UserError(
        f"this {kind.label} exists in the emulator but not in the stack's state (left by an "
        f"interrupted run, or made by hand): adopt it with `pulumi import {kind.type} NAME {id_}`, "
        f"or delete it, and run again ({error})"
    )


def _is_gone(kind: ResourceType, error: ServiceError) -> bool:
    return error.code in GONE | kind.gone


def _of(part: Part, props: Props) -> Props:
    return {key: value for key, value in props.items() if key in part.properties}
