"""Speech models: fetched only as pinned, unpacked only inside, never half there (W-10)."""

from __future__ import annotations

import hashlib
import io
import stat
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from runtime.speech.__main__ import main
from runtime.speech.choosing import EngineKind, EngineSettings, LazyWhisper, choose_engine
from runtime.speech.errors import DownloadFailed, ModelMissing, ModelRefused
from runtime.speech.installing import install_from, install_known, install_url, unzip
from runtime.speech.models import (
    KNOWN,
    find_vosk,
    how_to_install,
    model_problem,
    models_folder,
    read_manifest,
    vosk_folder,
)
from runtime.speech.vosk_engine import tuned_folder
from runtime.speech.whisper_models import BASE, WhisperFile, WhisperModelEntry, joined, obtainable

pytestmark = pytest.mark.req("W-10")

PARTS = {
    "am/final.mdl": b"m",
    "conf/mfcc.conf": b"--low-freq=20\n",
    "conf/model.conf": b"--min-active=200\n--beam=10.0\n--lattice-beam=2.0\n",
    "graph/HCLr.fst": b"g",
    "graph/Gr.fst": b"g",
    "ivector/final.ie": b"i",
}


def archive(parts: dict[str, bytes] = PARTS, top: str = "a-model/") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for name, content in parts.items():
            opened.writestr(top + name, content)
    return made.getvalue()


@pytest.fixture
def served() -> Iterator[tuple[str, dict[str, bytes]]]:
    """An address and what lies there by path."""
    files: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Length", str(len(content or b"") + (9 if self.path.startswith("/short") else 0)))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", files
    server.shutdown()
    thread.join()
    server.server_close()


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "vosk").iterdir()) if (folder / "vosk").is_dir() else []


def test_a_model_is_fetched_checked_and_found(served: tuple[str, dict[str, bytes]], tmp_path: Path) -> None:
    address, files = served
    files["/some-model-1.0.zip"] = archive()
    digest = hashlib.sha256(archive()).hexdigest()
    seen: list[tuple[int, int]] = []
    url = f"{address}/some-model-1.0.zip"
    model = install_url("xx", url, digest.upper(), tmp_path, lambda done, whole: seen.append((done, whole)))
    assert (model.language, model.name, model.folder) == ("xx", "some-model-1.0", tmp_path / "vosk" / "xx")
    assert find_vosk("xx", tmp_path) == model
    manifest = read_manifest(model.folder)
    assert manifest is not None
    assert (manifest.source, manifest.sha256) == (url, digest)
    assert seen[-1] == (len(archive()), len(archive()))
    assert left_over(tmp_path) == ["xx"]


def test_another_hash_is_refused_and_the_model_before_stays(
    served: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    address, files = served
    files["/m.zip"] = archive()
    install_url("xx", f"{address}/m.zip", hashlib.sha256(archive()).hexdigest(), tmp_path)
    before = read_manifest(tmp_path / "vosk" / "xx")
    files["/m.zip"] = archive(top="other/")
    with pytest.raises(ModelRefused, match="expected"):
        install_url("xx", f"{address}/m.zip", hashlib.sha256(archive()).hexdigest(), tmp_path)
    assert read_manifest(tmp_path / "vosk" / "xx") == before
    assert left_over(tmp_path) == ["xx"]


def test_a_new_model_takes_the_place_of_the_old(served: tuple[str, dict[str, bytes]], tmp_path: Path) -> None:
    address, files = served
    for name, top in (("one", "a/"), ("two", "")):  # with and without a folder around it
        content = archive(top=top)
        files[f"/{name}.zip"] = content
        install_url("xx", f"{address}/{name}.zip", hashlib.sha256(content).hexdigest(), tmp_path)
    found = find_vosk("xx", tmp_path)
    assert found is not None
    assert found.name == "two"
    assert left_over(tmp_path) == ["xx"]


def test_what_is_not_there_or_ends_early_is_said_and_leaves_nothing(
    served: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    address, files = served
    files["/short.zip"] = archive()
    for path in ("/none.zip", "/short.zip"):
        with pytest.raises(DownloadFailed, match=path):
            install_url("xx", address + path, "0" * 64, tmp_path)
    with pytest.raises(DownloadFailed, match="only https"):
        install_url("xx", "http://models.example/m.zip", "0" * 64, tmp_path)
    with pytest.raises(ModelRefused, match="qq"):
        install_known("qq", tmp_path)
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out", "a\\out", "c:out"])
def test_an_entry_that_would_lie_outside_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(name, b"x")
    (tmp_path / "in").mkdir()
    with pytest.raises(ModelRefused, match="no plain file"):
        unzip(path, tmp_path / "in")
    assert not list((tmp_path / "in").rglob("out"))
    assert not (tmp_path / "out").exists()


def test_a_link_in_an_archive_and_a_file_that_is_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as opened:
        entry = zipfile.ZipInfo("am")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(entry, "/etc")
    with pytest.raises(ModelRefused, match="no plain file"):
        unzip(path, tmp_path)
    path.write_bytes(b"PK no")
    with pytest.raises(ModelRefused, match="no sound zip"):
        install_from("xx", path, tmp_path)
    assert left_over(tmp_path) == []


def test_a_folder_is_installed_as_a_copy_and_one_that_is_no_model_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "mine"
    for name, content in PARTS.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
    model = install_from("xx", source, tmp_path)
    assert model_problem(model.folder) == ""
    assert model.name == "mine"
    (source / "am" / "final.mdl").unlink()
    with pytest.raises(ModelRefused, match=r"am/final\.mdl"):
        install_from("yy", source, tmp_path)
    assert left_over(tmp_path) == ["xx"]


def test_the_published_models_are_pinned_and_fetched_over_https() -> None:
    assert set(KNOWN) == {"en", "zh", "ko"}
    for model in KNOWN.values():
        assert model.url.startswith("https://")
        assert len(bytes.fromhex(model.sha256)) == 32


def test_where_models_are_follows_the_environment(tmp_path: Path) -> None:
    assert models_folder({"USHER_SPEECH": str(tmp_path)}) == tmp_path
    assert models_folder({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "usher" / "speech"
    with pytest.raises(ValueError, match="language"):
        vosk_folder("../x")


def test_another_beam_is_a_linked_copy_and_the_model_itself_stays(tmp_path: Path) -> None:
    source = tmp_path / "mine"
    for name, content in PARTS.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
    tuned = tuned_folder(source, tmp_path / "cache", 8.0)
    assert (tuned / "conf" / "model.conf").read_bytes() == PARTS["conf/model.conf"].replace(
        b"--beam=10.0", b"--beam=8.0"
    )
    assert (tuned / "graph").is_symlink()
    assert model_problem(tuned) == ""
    assert (source / "conf" / "model.conf").read_bytes() == PARTS["conf/model.conf"]
    assert tuned_folder(source, tmp_path / "cache", 8.0) == tuned
    assert tuned_folder(source, tmp_path / "cache", None) == source


def _entry(sha256: str, *parts: str) -> WhisperModelEntry:
    return WhisperModelEntry("w", ("en",), ("some-distribution==1",), (WhisperFile("model.bin", sha256, parts),))


def test_weights_are_joined_checked_and_made_anew_when_damaged(tmp_path: Path) -> None:
    parts = ("runtime/backoff.py", "runtime/ids.py")  # any two files of an installed package
    root = Path(__file__).resolve().parents[4]
    whole = b"".join((root / part).read_bytes() for part in parts)
    entry = _entry(hashlib.sha256(whole).hexdigest(), *parts)
    assert obtainable(entry, tmp_path)
    made = joined(entry, tmp_path)
    assert (made / "model.bin").read_bytes() == whole
    (made / "model.bin").write_bytes(whole[:-1])
    assert (joined(entry, tmp_path) / "model.bin").read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == ["w"]


def test_weights_with_another_hash_or_a_missing_piece_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="expected " + "0" * 64):
        joined(_entry("0" * 64, "runtime/ids.py"), tmp_path)
    with pytest.raises(ModelMissing, match="some-distribution==1"):
        joined(_entry("0" * 64, "no_such_package_q/m.bin"), tmp_path)
    assert not obtainable(_entry("0" * 64, "no_such_package_q/m.bin"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_engine_is_vosk_where_its_model_is_installed_else_whisper_else_none_with_why(tmp_path: Path) -> None:
    pytest.importorskip("vosk")
    source = tmp_path / "m.zip"
    source.write_bytes(archive())
    install_from("en", source, tmp_path)
    there = EngineSettings(models=str(tmp_path))
    assert choose_engine("en", there).name == "vosk"
    nowhere = EngineSettings(models=str(tmp_path / "none"))
    other = choose_engine("zh", nowhere)
    assert isinstance(other.engine, LazyWhisper) or "pip install" in other.why
    assert choose_engine("xx", there).engine is None
    assert "usher speech install xx" in choose_engine("xx", there).why
    assert "settings" in choose_engine("en", EngineSettings(engine=EngineKind.NONE)).why
    assert BASE.languages == ("en", "ko", "zh")


def test_the_commands_install_list_and_refuse(served: tuple[str, dict[str, bytes]], tmp_path: Path) -> None:
    address, files = served
    files["/some-model.zip"] = archive()
    digest = hashlib.sha256(archive()).hexdigest()
    run = CliRunner()
    place = ["--folder", str(tmp_path)]
    unpinned = run.invoke(main, ["install", "xx", "--url", f"{address}/some-model.zip", *place])
    assert (unpinned.exit_code, "--sha256" in unpinned.output) == (2, True)
    wrong = run.invoke(main, ["install", "xx", "--url", f"{address}/some-model.zip", "--sha256", "0" * 64, *place])
    assert (wrong.exit_code, digest in wrong.output) == (1, True)
    good = run.invoke(main, ["install", "xx", "--url", f"{address}/some-model.zip", "--sha256", digest, *place])
    assert good.exit_code == 0, good.output
    listed = run.invoke(main, ["list", *place])
    assert "xx  vosk     some-model  from" in listed.output
    assert "usher speech install en" in listed.output
    deaf = run.invoke(main, ["check", "qq", *place])
    assert (deaf.exit_code, "usher speech install qq" in deaf.output) == (1, True)


@pytest.mark.parametrize(("language", "command"), [("en", "install en`"), ("xx", "install xx --from DIRECTORY`")])
def test_what_to_do_for_a_language_is_something_that_works(language: str, command: str) -> None:
    assert how_to_install(language).endswith(command)
