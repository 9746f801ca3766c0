"""Runs one step of the table on one object: declared calls and reads, or a type's own function."""

from local.provider import rename as renames
from local.provider.resource import Call, Look, Read, Step, Task
from local.provider.values import Json, Props, is_list, is_object


def run(step: Step, task: Task) -> Props:
    """The service's answer. Raises what `Api.call` raises."""
    if not isinstance(step, Call):
        return step(task) or {}
    keep = {key: value for key, value in task.address.items() if key in step.keep}
    want = renames.apply({**task.want, **keep}, {**task.kind.rename, **step.rename})
    if step.under:
        beside = {key: value for key, value in want.items() if key in step.beside}
        inner = {key: value for key, value in want.items() if key not in step.beside}
        want = {**beside, step.under: inner}
    return task.send(step.operation, {**want, **step.fixed, **_by(step, task)})


def look(step: Look, task: Task) -> Props | None:
    """What the object holds, named as Pulumi names it; None when the answer says there is none."""
    if not isinstance(step, Read):
        told = step(task)
        return None if told is None else renames.restore(told, task.kind.rename)
    answer = task.send(step.operation, {**step.fixed, **_by(step, task)})
    found = _found(answer, step, task)
    if found is None:
        return None
    held: Props = {step.into: found} if step.into else found
    return renames.restore(held, {**task.kind.rename, **step.rename})


def _found(answer: Props, step: Read, task: Task) -> Json:
    found: Json = answer
    for name in step.at.split(".") if step.at else ():
        found = found.get(name) if is_object(found) else None
    if not is_list(found):
        return found
    if step.match:
        key, part = step.match
        found = [item for item in found if item.get(key) == task.address[part]]
    return found[0] if found else None


def _by(step: Call | Read, task: Task) -> Props:
    return {argument: task.address[part] for argument, part in step.by.items()}
