"""Lambda deployment packages: the Python files of our packages, nothing else, so that equal code
has an equal hash.

Native wheels do not go in here: they come as a layer (`tools/layer.py`).
"""

from pathlib import Path

import pulumi
import pulumi_aws as aws

ROOT = Path(__file__).parent.parent


def lambda_code(*packages: str, root: Path = ROOT) -> pulumi.AssetArchive:
    """An archive of the `*.py` files of `packages` (folders below the repository), under the same
    paths.

    A folder archive would take `__pycache__` along, and the hash would change with every import.
    """
    files: dict[str, pulumi.Asset | pulumi.Archive] = {}
    for package in packages:
        folder = root / package
        parents = [root / part for part in Path(package).parents if part != Path()]
        for file in sorted(
            [*folder.rglob("*.py"), *(parent / "__init__.py" for parent in parents)]
        ):
            files[file.relative_to(root).as_posix()] = pulumi.FileAsset(str(file))
    return pulumi.AssetArchive(files)


def wheels_layer(
    name: str,
    layer_zip: str | None,
    *,
    runtime: str,
    architecture: str,
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Input[str]]:
    """The layer with the native wheels, as a function's `layers`; none where the runtime has the
    wheels already. `layer_zip` is relative to the repository.
    """
    if layer_zip is None:
        return []
    layer = aws.lambda_.LayerVersion(
        f"{name}-wheels",
        layer_name=f"{name}-wheels",
        code=pulumi.FileArchive(str(ROOT / layer_zip)),
        compatible_runtimes=[runtime],
        compatible_architectures=[architecture],
        opts=opts,
    )
    return [layer.arn]
