"""Tags: the one part that most types have, each service with its own names for the three calls."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.provider.resource import Part, Read, Task
from local.provider.values import Props, as_object


@dataclass(frozen=True, kw_only=True)
class _Names:
    put: str
    remove: str
    added: str
    removed: str
    extra: Props
    by: Mapping[str, str]

    def __call__(self, task: Task) -> Props:
        want, have = as_object(task.want.get("tags")), as_object(task.have.get("tags"))
        more = {**self.extra, **{key: task.address[part] for key, part in self.by.items()}}
        if stale := sorted(have.keys() - want.keys()):
            task.call(self.remove, **{self.removed: stale, **more})
        if want:
            task.call(self.put, **{self.added: want, **more})
        return {}


def tags(
    read: str = "list_tags_for_resource",
    put: str = "tag_resource",
    remove: str = "untag_resource",
    *,
    added: str = "tags",
    removed: str = "tagKeys",
    answer: str = "tags",
    in_create: bool = True,
    extra: Props | None = None,
    by: Mapping[str, str] | None = None,
) -> Part:
    """`extra` and `by` are further arguments of all three calls: constants, and parts of the
    address.
    """
    step = _Names(
        put=put, remove=remove, added=added, removed=removed, extra=extra or {}, by=by or {}
    )
    return Part(
        properties=frozenset({"tags"}),
        put=step,
        clear=step,
        read=Read(operation=read, at=answer, into="tags", fixed=extra or {}, by=by or {}),
        in_create=in_create,
        lazy=True,
    )
