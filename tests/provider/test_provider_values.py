"""Values on the wire, and the bytes of assets and archives."""

import io
import zipfile

import pytest
from google.protobuf import struct_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from local.provider.archives import archive_zip, asset_bytes
from local.provider.errors import UserError
from local.provider.values import (
    ASSETS,
    SIGNATURE,
    UNKNOWN,
    has_unknown,
    is_asset,
    overlay,
    to_python,
    to_struct,
)

JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=3))
def test_values_come_back_as_they_went(props):
    assert to_python(to_struct(props)) == props


def test_whole_numbers_are_integers_and_others_are_not():
    props = to_python(to_struct({"a": 30.0, "b": 0.5}))
    assert props == {"a": 30, "b": 0.5}
    assert isinstance(props["a"], int)


def test_a_secret_is_unwrapped():
    secret = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": {"a": "b"}}
    assert to_python(to_struct({"x": secret})) == {"x": {"a": "b"}}


def test_an_asset_keeps_its_hash_when_other_values_are_added():
    sent = to_struct({"code": {SIGNATURE: ASSETS[1], "hash": "h", "path": "/x"}, "old": 1})
    merged = to_python(overlay(sent, {"name": "n", "old": None, "absent": None}))
    assert merged == {"code": {SIGNATURE: ASSETS[1], "hash": "h", "path": "/x"}, "name": "n"}
    assert is_asset(merged["code"])
    assert to_python(sent)["old"] == 1


def test_an_unknown_value_is_found_however_deep_it_lies():
    assert has_unknown({"a": [{"b": UNKNOWN}]})
    assert not has_unknown({"a": [{"b": "known"}]})


def test_null_is_nothing():
    struct = struct_pb2.Struct()
    struct["a"] = None
    assert to_python(struct) == {"a": None}
    assert to_python(to_struct({"a": None})) == {}


def entries(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "f" / "inner").mkdir(parents=True)
    (tmp_path / "f" / "b.py").write_text("b")
    (tmp_path / "f" / "inner" / "a.py").write_text("a")
    return tmp_path / "f"


def test_a_folder_becomes_a_zip_of_its_files(folder):
    assert entries(archive_zip({"path": str(folder)})) == {"b.py": b"b", "inner/a.py": b"a"}


def test_the_same_content_gives_the_same_bytes(folder):
    first = archive_zip({"path": str(folder)})
    (folder / "b.py").write_text("b")  # a new time
    assert archive_zip({"path": str(folder)}) == first


def test_a_map_of_assets_is_zipped_under_its_names(folder):
    archive = {
        "assets": {
            "lib": {"path": str(folder)},
            "main.py": {"text": "x"},
            "deep": {"assets": {"c.txt": {"path": str(folder / "b.py")}}},
        }
    }
    assert entries(archive_zip(archive)) == {
        "lib/b.py": b"b",
        "lib/inner/a.py": b"a",
        "main.py": b"x",
        "deep/c.txt": b"b",
    }


def test_a_zip_file_is_passed_on_untouched(folder, tmp_path):
    packed = tmp_path / "p.zip"
    packed.write_bytes(archive_zip({"path": str(folder)}))
    assert archive_zip({"path": str(packed)}) == packed.read_bytes()


def test_a_program_stays_executable(folder):
    (folder / "b.py").chmod(0o755)
    with zipfile.ZipFile(io.BytesIO(archive_zip({"path": str(folder)}))) as archive:
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    assert modes == {"b.py": 0o755, "inner/a.py": 0o644}


def test_what_can_not_be_read_is_named(tmp_path):
    with pytest.raises(UserError, match=r"can't read .*gone.py: No such file"):
        asset_bytes({"path": str(tmp_path / "gone.py")})
    with pytest.raises(UserError, match="without contents"):
        asset_bytes({"hash": "x"})
