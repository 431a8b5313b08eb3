"""How fast a blob is sealed and opened, beside the bare cipher and beside age, in one run.

`rows()` gives the table's lines; `python tests/bench/blob.py` prints them. All three read a file
and write a file, in turns, and the median of the turns counts. The bare cipher is the same
chunks under the same key with nothing else: no hash, no padding, no file.
"""

import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

sys.path.insert(0, str(Path(__file__).parents[2]))  # run as a script, from anywhere

from keys.address import BLOB_CHUNKS, CHUNK, TAG, CellClass
from keys.blob import CAPACITY, SealedBlob, new_blob_key, open_blob, seal_blob

CLASS: Final = CellClass.XL64
LARGEST: Final = CellClass.XL256
CONTEXT: Final = b"bench"
ROUNDS: Final = 5
MEGA: Final = 1_000_000
STREAMING: Final = f"memory while sealing and opening {LARGEST}"
_SPAN: Final = 64


class Row(NamedTuple):
    """A line of the table."""

    name: str
    value: float
    unit: str
    ratio: float | None
    """Of the bare cipher's speed in the same run; None where there is no such thing."""
    beside_age: float | None = None
    """Of age's speed in the same run; None for other lines, and where age is not installed."""


def rows(rounds: int = ROUNDS) -> list[Row]:
    """Measure and return the lines: speeds of the 64 MiB class, then memory of the largest."""
    with tempfile.TemporaryDirectory() as folder:
        speeds = _speeds(Path(folder), rounds)
    lines: list[Row] = []
    for name, speed in speeds.items():
        who, _, act = name.partition(", ")
        age = speeds.get(f"age, {act}")
        beside_age = speed / age if who == "blob" and age else None
        lines.append(Row(name, speed, "MB/s", speed / speeds[f"bare cipher, {act}"], beside_age))
    return [*lines, *_memory()]


def _speeds(folder: Path, rounds: int) -> dict[str, float]:
    plain = folder / "plain"
    size = CAPACITY[CLASS]
    plain.write_bytes(secrets.token_bytes(size))
    contestants = _bare() | _ours(folder, plain) | _age(folder, plain)
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds + 1):
        for name, run in contestants.items():
            begun = perf_counter()
            run()
            taken[name].append(perf_counter() - begun)
    # The first turn warms the caches and makes the files that opening needs.
    return {name: size / MEGA / statistics.median(times[1:]) for name, times in taken.items()}


def _bare() -> dict[str, Callable[[], None]]:
    cipher = ChaCha20Poly1305(secrets.token_bytes(32))
    plain = memoryview(bytearray(_SPAN * CHUNK))
    sealed = memoryview(bytearray(_SPAN * (CHUNK + TAG)))
    pieces = [
        (
            n.to_bytes(12, "big"),
            plain[n * CHUNK : (n + 1) * CHUNK],
            sealed[n * (CHUNK + TAG) : (n + 1) * (CHUNK + TAG)],
        )
        for n in range(_SPAN)
    ]

    def seal() -> None:
        for _ in range(BLOB_CHUNKS[CLASS] // _SPAN):
            for nonce, data, into in pieces:
                cipher.encrypt_into(nonce, data, None, into)

    def open_() -> None:
        for _ in range(BLOB_CHUNKS[CLASS] // _SPAN):
            for nonce, into, data in pieces:
                cipher.decrypt_into(nonce, data, None, into)

    return {"bare cipher, seal": seal, "bare cipher, open": open_}


def _ours(folder: Path, plain: Path) -> dict[str, Callable[[], None]]:
    key = new_blob_key()
    said: list[SealedBlob] = []

    def seal() -> None:
        with plain.open("rb") as source, (folder / "cell").open("wb") as sink:
            said[:] = [seal_blob(source, CAPACITY[CLASS], CLASS, key, CONTEXT, sink)]

    def open_() -> None:
        with (folder / "cell").open("rb") as source, (folder / "opened").open("wb") as sink:
            open_blob(source, CLASS, key, said[0].commitment, CONTEXT, sink)

    return {"blob, seal": seal, "blob, open": open_}


def _age(folder: Path, plain: Path) -> dict[str, Callable[[], None]]:
    age, keygen = shutil.which("age"), shutil.which("age-keygen")
    if age is None or keygen is None:
        return {}
    identity = folder / "identity"
    subprocess.run([keygen, "-o", identity], check=True, capture_output=True)
    made = subprocess.run([keygen, "-y", identity], check=True, capture_output=True, text=True)
    recipient = made.stdout.strip()

    def seal() -> None:
        subprocess.run([age, "-r", recipient, "-o", folder / "age", plain], check=True)

    def open_() -> None:
        subprocess.run([age, "-d", "-i", identity, "-o", folder / "a", folder / "age"], check=True)

    return {"age, seal": seal, "age, open": open_}


def _memory() -> list[Row]:
    """Return the most memory a process of its own held: once doing nothing, once streaming."""
    peaks = [
        int(
            subprocess.run(
                [sys.executable, __file__, word], check=True, capture_output=True, text=True
            ).stdout
        )
        for word in ("--idle", "--stream")
    ]
    idle, streaming = (peak * 1024 / MEGA for peak in peaks)
    return [
        Row("memory of a process that only imports", idle, "MB", None),
        Row(STREAMING, streaming, "MB", None),
    ]


def _stream() -> None:
    key = new_blob_key()
    size = CAPACITY[LARGEST]
    with tempfile.TemporaryDirectory() as folder:
        plain, cell = Path(folder) / "plain", Path(folder) / "cell"
        plain.touch()
        os.truncate(plain, size)
        with plain.open("rb") as source, cell.open("wb") as sink:
            said = seal_blob(source, size, LARGEST, key, CONTEXT, sink)
        with cell.open("rb") as source, Path(os.devnull).open("wb") as sink:
            open_blob(source, LARGEST, key, said.commitment, CONTEXT, sink)


def _peak() -> int:
    # Not getrusage: its figure begins at what the parent held when it started this process.
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def main(words: list[str]) -> None:
    """Print the table, or with a word the peak memory of this process in KiB."""
    if not words:
        for row in rows():
            ratio = "" if row.ratio is None else f"{row.ratio:6.2f}"
            print(f"{row.name:<40} {row.value:8.0f} {row.unit:<5} {ratio}")
        return
    if words == ["--stream"]:
        _stream()
    print(_peak())


if __name__ == "__main__":
    main(sys.argv[1:])
