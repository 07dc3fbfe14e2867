"""Marks of the texts that the course builds on, so that a copied sentence is found without them.

The texts are not part of the repository, and no sentence of theirs may be in it. What is kept of
them, in `marks.bin`, is a hash of each run of eight words and of each sentence of five to seven.
It was made by `python -m tests.book.marks TEXT...`, from the files of the five texts.
"""

import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

FILE = Path(__file__).with_name("marks.bin")
RUN = 8
SHORTEST = 5
BYTES = 6  # of each hash: the chance of a false alarm in the whole course is below 1 in 10,000


def words(text: str) -> list[str]:
    """The words of a text in small letters: what is left if it is set or punctuated otherwise."""
    return re.findall(r"[a-z]+", text.lower())


def runs(text: str) -> Iterator[str]:
    """Each run of eight words, and each shorter sentence that is long enough to be somebody's."""
    found = words(text)
    yield from (" ".join(found[i : i + RUN]) for i in range(len(found) - RUN + 1))
    for sentence in re.split(r"[.!?:;]\s|\n", text):
        if SHORTEST <= len(found := words(sentence)) < RUN:
            yield " ".join(found)


def mark(run: str) -> bytes:
    """What is kept of a run."""
    return hashlib.blake2b(run.encode(), digest_size=BYTES).digest()


def make(texts: Iterable[str]) -> set[bytes]:
    """The marks of some texts."""
    return {mark(run) for text in texts for run in runs(text)}


def kept() -> set[bytes]:
    """The marks that are in the repository."""
    data = FILE.read_bytes()
    return {data[i : i + BYTES] for i in range(0, len(data), BYTES)}


def copied(text: str, marks: set[bytes]) -> list[str]:
    """The runs of a text that have a mark."""
    return sorted({run for run in runs(text) if mark(run) in marks})


if __name__ == "__main__":
    read = (Path(name).read_text("utf8", errors="replace") for name in sys.argv[1:])
    FILE.write_bytes(b"".join(sorted(make(read))))
