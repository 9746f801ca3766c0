"""Create, read, update and delete of any type in the table.

Update works towards what is wanted from what the service *holds*, not from what the state remembers: that is how the
next run mends an object that a failed create left half made.
"""

from local.provider import rename as renames
from local.provider.clients import Api
from local.provider.drift import in_shape_of, same
from local.provider.errors import EXISTS, GONE, PartialFailureError, ServiceError, UserError
from local.provider.resource import INTERNAL, Call, Part, Read, ResourceType, Step, Task
from local.provider.values import Json, Props


def create(kind: ResourceType, api: Api, inputs: Props) -> tuple[str, Props]:
    """The new object's id and outputs. Raises PartialFailureError when it exists but is not as asked."""
    wanted = effective(kind, inputs)
    later = [part for part in kind.parts if not part.in_create and _of(part, wanted)]
    first = {key: value for key, value in wanted.items() if not any(key in p.properties for p in later)}
    scope = {"account": api.account, "region": api.region}
    try:
        usual = kind.defaults_for(scope)
        answer = _do(kind.create, Task(type=kind, api=api, address=usual, want=first))
    except ServiceError as error:
        raise _explained(kind, {**wanted, **scope}, error) from None
    id_ = kind.format_id({**scope, **wanted, **_created(kind, answer)})
    known: Props = {}
    try:
        known = _settle(kind, api, id_, wanted)
        for part in later:
            put = Task(
                type=kind, api=api, address=_address(kind, id_, known), want=_of(part, wanted), have=known
            )
            _do(part.put, put)
        if later:
            known = _settle(kind, api, id_, wanted)
    except UserError as error:
        raise PartialFailureError(id_, inputs, outputs(kind, inputs, known), [str(error)]) from None
    return id_, outputs(kind, inputs, known)


def read(kind: ResourceType, api: Api, id_: str, inputs: Props) -> tuple[Props, Props] | None:
    """Inputs and outputs as the service holds them, or None when the object is gone.

    Without `inputs` (an import) every property that the service gives back counts as set.
    """
    held = observe(kind, api, id_, effective(kind, inputs) if inputs else None)
    if held is None:
        return None
    found = _drifted_inputs(kind, api, inputs, held) if inputs else _imported(kind, api, held)
    return found, outputs(kind, found, held)


def update(  # noqa: PLR0913 (what the engine sends)
    kind: ResourceType, api: Api, id_: str, old_inputs: Props, new_inputs: Props
) -> Props:
    """The outputs after the update."""
    old, new = effective(kind, old_inputs), effective(kind, new_inputs)
    both = {**old, **new}
    held = observe(kind, api, id_, both)
    if held is None:
        raise UserError(f"{kind.token} {id_!r} is gone; `pulumi refresh` makes the next run create it again")
    address = _address(kind, id_, held)
    main = {key: value for key, value in new.items() if kind.part_of(key) is None}
    reset = {key: value for key, value in kind.reset.items() if key in old and key not in new}
    before = {key: value for key, value in old.items() if kind.part_of(key) is None}
    touched = bool(kind.update) and _changed(kind, before, main, held)
    if kind.update and touched:
        want = {key: value for key, value in main.items() if not kind.forces_replacement(key)}
        _do(kind.update, Task(type=kind, api=api, address=address, want={**want, **reset}, have=held))
        held = _settle(kind, api, id_, both)
    for part in kind.parts:
        want = _of(part, new)
        if not _changed(kind, _of(part, old), want, held) and not (part.follows and touched):
            continue
        touched = True
        step = part.put if want or part.clear is None else part.clear
        _do(step, Task(type=kind, api=api, address=address, want=want, have=held))
        held = _settle(kind, api, id_, both)
    return outputs(kind, new_inputs, held)


def delete(kind: ResourceType, api: Api, id_: str, inputs: Props, state: Props) -> None:
    """Returns when the object is gone; one that was gone already is no error."""
    if kind.delete is None:
        return
    address = _address(kind, id_, state)
    want = {} if isinstance(kind.delete, Call) else inputs
    try:
        _do(kind.delete, Task(type=kind, api=api, address=address, want=want, have=state))
    except ServiceError as error:
        if not is_gone(kind, error):
            raise
        return
    if kind.slow_delete:
        api.wait(lambda: observe(kind, api, id_, {}) is None, f"{kind.label} {id_!r} to be deleted")


def observe(kind: ResourceType, api: Api, id_: str, concern: Props | None) -> Props | None:
    """What the service tells about an object, named as Pulumi names it; None when it is gone.

    Parts that cost a call of their own are read where `concern` holds one of their properties, or is None.
    """
    address = _address(kind, id_, {})
    try:
        held = _look(kind.read, Task(type=kind, api=api, address=address))
    except ServiceError as error:
        if is_gone(kind, error):
            return None
        raise
    if held is None:
        return None
    held = {**address, **held, "region": api.region}
    scope = {**held, "account": api.account}
    for key, template in kind.derived.items():
        held[key] = template.format_map(scope)
    for part in kind.parts:
        if part.read is None or (
            part.lazy and concern is not None and part.properties.isdisjoint(concern)
        ):
            continue
        task = Task(type=kind, api=api, address=_address(kind, id_, held), have=held)
        try:
            held |= _look(part.read, task) or {}
        except ServiceError as error:
            if not is_gone(kind, error):
                raise
    return held


def outputs(kind: ResourceType, inputs: Props, held: Props) -> Props:
    """Inputs as the user wrote them, and what the service adds to them."""
    shown = kind.inputs | kind.computed | frozenset(kind.derived) | {"region"}
    extra = {key: _plain(held[key]) for key in sorted(shown) if held.get(key) is not None}
    if "tags" in kind.inputs:
        extra["tagsAll"] = extra.get("tags", {})
        if "tags" not in inputs:
            extra.pop("tags", None)
    return {**extra, **{key: value for key, value in inputs.items() if key != "__defaults"}}


def effective(kind: ResourceType, inputs: Props) -> Props:
    """The inputs that a service is to hold: `tags` with the provider's default tags, nothing of our own."""
    wanted = {
        key: value
        for key, value in inputs.items()
        if key not in INTERNAL | kind.local and key != "tagsAll" and value is not None
    }
    if "tagsAll" in inputs:
        wanted["tags"] = inputs["tagsAll"]
    return wanted


def is_gone(kind: ResourceType, error: ServiceError) -> bool:
    return error.code in GONE | kind.gone


def _do(step: Step, task: Task) -> Props:
    if not isinstance(step, Call):
        return step(task) or {}
    keep = {key: value for key, value in task.address.items() if key in step.keep}
    rules = {**task.type.rename, **step.rename}
    want: Props = renames.apply({**task.want, **keep}, rules)
    if step.under:
        beside = {key: value for key, value in want.items() if key in step.beside}
        want = {**beside, step.under: {k: v for k, v in want.items() if k not in step.beside}}
    by = {argument: task.address[part] for argument, part in step.by.items()}
    return task.send(step.operation, {**want, **step.fixed, **by})


def _look(look: Json, task: Task) -> Props | None:
    if not isinstance(look, Read):
        held = look(task)
        return None if held is None else renames.restore(held, task.type.rename)
    by = {argument: task.address[part] for argument, part in look.by.items()}
    found: Json = task.send(look.operation, {**look.fixed, **by})
    for step in look.at.split(".") if look.at else ():
        found = (found or {}).get(step)
    if isinstance(found, list):
        key, part = look.match or ("", "")
        matching = [item for item in found if not key or item.get(key) == task.address[part]]
        found = matching[0] if matching else None
    if found is None:
        return None
    held = renames.restore({look.into: found} if look.into else found, {**task.type.rename, **look.rename})
    return held


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
        status = seen.get(kind.ready[0])
        if status in kind.failed:
            raise UserError(f"{kind.label} {id_!r} came to {status}")
        return status in kind.ready[1]

    api.wait(at_rest, f"{kind.label} {id_!r} to be ready")
    return held


def _changed(kind: ResourceType, old: Props, new: Props, held: Props) -> bool:
    if old.keys() - new.keys():
        return True
    for key, value in new.items():
        if not same(value, old.get(key), ordered=kind.ordered, key=key):
            return True
        if key not in kind.unread and not _equal(kind, key, value, held.get(key)):
            return True
    return False


def _equal(kind: ResourceType, key: str, wanted: Json, held: Json) -> bool:
    if key in kind.same:
        return kind.same[key](wanted, held)
    return same(wanted, held, ordered=kind.ordered, key=key)


def _drifted_inputs(kind: ResourceType, api: Api, inputs: Props, held: Props) -> Props:
    found: Props = {}
    for key, wanted in inputs.items():
        if key in INTERNAL | kind.local | kind.unread or key == "tagsAll" or key not in kind.inputs:
            found[key] = wanted
        elif key in kind.same and kind.same[key](wanted, held.get(key)):
            found[key] = wanted
        elif key != "tags":
            found[key] = in_shape_of(wanted, held.get(key), ordered=kind.ordered, key=key)
    if "tags" in kind.inputs and ("tags" in inputs or "tagsAll" in inputs):
        found |= _drifted_tags(api, inputs, dict(held.get("tags") or {}))
    return {key: _plain(value) for key, value in found.items() if value is not None}


def _imported(kind: ResourceType, api: Api, held: Props) -> Props:
    """Everything the service gives back, but for what an absent property means anyway."""
    usual = kind.defaults_for({"account": api.account, "region": api.region})
    return {
        key: _plain(held[key])
        for key in sorted(kind.inputs)
        if held.get(key) and held[key] != usual.get(key)
    }


def _drifted_tags(api: Api, inputs: Props, held: Props) -> Props:
    own: Props = inputs.get("tags") or {}
    inherited = {
        key for key, value in api.default_tags.items() if key not in own and held.get(key) == value
    }
    found: Props = {}
    if "tags" in inputs:
        found["tags"] = {key: value for key, value in held.items() if key not in inherited}
    if "tagsAll" in inputs:
        found["tagsAll"] = held
    return found


def _address(kind: ResourceType, id_: str, held: Props) -> Props:
    """What addresses the object in calls: the parts of its id, and its ARN under each name that AWS gives it."""
    address = {key: value for key, value in kind.address(id_).items() if key not in ("account", "region")}
    arn = address.get("arn") or held.get("arn")
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
    taken = error.code in EXISTS or "already exists" in error.message.lower()
    if not taken:
        return error
    try:
        id_ = kind.format_id(values)
        adopt = f"`pulumi import {kind.token} NAME {id_}` adopts it"
    except KeyError:
        id_, adopt = "of this kind", "`pulumi import` adopts it"
    return UserError(
        f"{kind.label} {id_!r} exists in the emulator but not in this stack's state (left by an interrupted run, "
        f"or made by hand): {adopt}, or delete it and run again ({error.code}: {error.message})"
    )


def _of(part: Part, props: Props) -> Props:
    return {key: value for key, value in props.items() if key in part.properties}


def _plain(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return [_plain(item) for item in value] if isinstance(value, list) else value
