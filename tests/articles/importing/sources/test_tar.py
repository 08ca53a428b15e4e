"""The fast tar reader finds what the standard library finds, and leaves to it what it cannot read."""

import io
import random
import tarfile

import pytest
import zstandard

from articles.importing.sources import archives
from articles.importing.sources.archives import read_archive
from articles.importing.sources.tar import plain_members

CONTENT = b"---\ntitle: A\n---\n"


def tar(members, archive_format=tarfile.PAX_FORMAT):
    """Return the bytes of an archive of (name, content, attributes of its TarInfo)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=archive_format) as archive:
        for name, content, attributes in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for attribute, value in attributes.items():
                setattr(member, attribute, value)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def read_fast(data, limit=1 << 20):
    """Return (names from the fast reader, the offset from which the standard library continues)."""
    names, members = [], plain_members(io.BytesIO(data), limit)
    while True:
        try:
            names.append(next(members)[0])
        except StopIteration as end:
            return names, end.value


FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


@pytest.mark.parametrize("archive_format", FORMATS.values(), ids=FORMATS)
def test_plain_archives_are_read_completely_by_the_fast_reader(archive_format):
    long_name = "/".join(["a-folder-of-a-name"] * 5) + "/" + "n" * 60 + ".md"
    members = [("docs", b"", {"type": tarfile.DIRTYPE}), ("docs/a.md", CONTENT, {}), (long_name, CONTENT, {})]
    if archive_format == tarfile.PAX_FORMAT:
        members.append(("é.md", CONTENT, {"mtime": 1.5}))
    names, offset = read_fast(tar(members, archive_format))
    assert names == [name for name, content, _attributes in members if content]
    assert offset is None


@pytest.mark.parametrize(
    "odd",
    [
        ("link.md", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
        ("fifo", b"", {"type": tarfile.FIFOTYPE}),
        ("a.md", CONTENT, {"pax_headers": {"size": "3"}}),
        ("a.md", CONTENT, {"pax_headers": {"comment": "x"}}),
    ],
    ids=["link", "fifo", "size", "comment"],
)
def test_fast_reader_stops_at_the_first_header_that_is_not_plain(odd):
    first = tar([("a.md", CONTENT, {})])
    names, offset = read_fast(tar([("a.md", CONTENT, {}), odd, ("b.md", CONTENT, {})]))
    assert (names, offset) == (["a.md"], 1024)
    assert len(first) > 1024


@pytest.mark.parametrize("damage", [0, 100, 124, 148, 156, 257])
def test_header_with_a_wrong_checksum_is_refused(damage):
    data = bytearray(tar([("a.md", CONTENT, {})], tarfile.USTAR_FORMAT))
    data[damage] ^= 1
    assert read_fast(bytes(data)) == ([], 0)


def test_truncated_file_is_a_problem(tmp_path):
    path = tmp_path / "a.tar"
    path.write_bytes(tar([("a.md", CONTENT, {}), ("b.md", b"x" * 2000, {})])[:3000])
    documents = list(read_archive(path))
    assert [document.problem is None for document in documents] == [True, False]
    assert "unexpected end" in documents[1].problem.message


def test_damaged_header_is_a_problem(tmp_path):
    data = bytearray(tar([("a.md", CONTENT, {}), ("b.md", CONTENT, {})], tarfile.USTAR_FORMAT))
    data[1024 + 150] ^= 1
    path = tmp_path / "a.tar"
    path.write_bytes(data)
    assert [document.problem is None for document in read_archive(path)] == [True, False]


def test_fast_reader_equals_the_standard_library(tmp_path):
    """Archives of all kinds, also truncated and corrupt, have the same documents."""
    rng, path = random.Random(20261124), tmp_path / "a.tar"
    names = ["a.md", "dir/b.md", "é.md", "x" * 90 + ".md", "/abs.md", "../up.md", ".hidden", "__MACOSX/a", "sub.zip"]
    for _number in range(150):
        members = [
            (rng.choice(names), rng.randbytes(rng.choice([0, 1, 511, 512, 513, 2000])), {"mtime": rng.random() * 1e9})
            for _member in range(rng.randint(1, 5))
        ]
        data = bytearray(tar(members, rng.choice(list(FORMATS.values()))))
        if rng.random() < 0.5:
            data = data[: rng.randrange(600, len(data) + 1)]
        if rng.random() < 0.3:
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data)
        fast = [
            (document.source, document.content)
            for document in read_archive(path)
            if not (document.problem or document.is_skipped)
        ]
        assert fast == read_slow(path)


def read_slow(path):
    documents = []
    try:
        with path.open("rb") as file:
            for document in archives.read_tar_stream(path, file):
                if not (document.problem or document.is_skipped):
                    documents.append((document.source, document.content))
    except archives.ARCHIVE_ERRORS:
        pass
    return documents


@pytest.mark.parametrize("ending", [".tar.zst", ".tzst"])
def test_zstandard_is_read_as_a_stream(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    path.write_bytes(zstandard.compress(tar([("a.md", CONTENT, {}), ("../b.md", CONTENT, {})])))
    first, second = read_archive(path)
    assert (first.source, first.content) == (f"{path}/a.md", CONTENT)
    assert "outside" in second.problem.message


@pytest.mark.parametrize("content", [b"", b"no archive at all", zstandard.compress(tar([("a.md", CONTENT, {})]))[:-20]])
def test_broken_zstandard_is_one_problem(tmp_path, content):
    path = tmp_path / "a.tar.zst"
    path.write_bytes(content)
    assert list(read_archive(path))[-1].problem.message.startswith("the archive cannot be read to its end")


def test_zstandard_frame_with_a_large_window_is_refused(tmp_path):
    huge = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True, write_content_size=0)
    )
    stream = huge.compressobj()
    path = tmp_path / "a.tar.zst"
    path.write_bytes(stream.compress(tar([("a.md", CONTENT, {})])) + stream.flush())
    (document,) = read_archive(path)
    assert "memory" in document.problem.message
