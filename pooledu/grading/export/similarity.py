"""Answers that agree more than the task makes them agree: a hint for a person, not a verdict.

Two right answers to one small question are alike, and so are all that fill in one stub. So of the
agreement of two answers is taken off what is forced: how far each agrees with the instructor's
solution or with the stub, and with the rest of the class.
"""

import io
import keyword
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Indel

TOKENS = 25  # of shorter answers nothing is said
NOTABLE = 0.1
SKIPPED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}
LONGEST = 20_000  # characters of an answer that are looked at
LETTERS = 0x10000, 0x100000  # more words than that share theirs


@dataclass(frozen=True)
class Pair:
    """Two answers to an exercise.

    Attributes
    ----------
    agreement
        The share of what both have in common, names left out.
    excess
        How much more that is than the task and the class make it.
    same_names
        Whether they agree as much where names count.
    """

    exercise: str
    students: tuple[str, str]
    agreement: float
    excess: float
    same_names: bool


def pairs(exercise: str, answers: Mapping[str, str], *forced: str) -> list[Pair]:
    """Return the pairs that agree notably, the most notable first.

    Parameters
    ----------
    exercise
        The exercise.
    answers
        Student -> source.
    *forced
        What all have: the instructor's solution, and the released stub.
    """
    letters: dict[str, str] = {}
    plain = {student: _letters(source, letters) for student, source in answers.items()}
    students = [student for student, text in plain.items() if len(text) >= TOKENS]
    if len(students) < 2:
        return []
    texts = [plain[student] for student in students]
    named = [_letters(answers[student], letters, names=True) for student in students]
    agreement = _agreement(texts, texts)
    np.fill_diagonal(agreement, np.nan)
    to_forced = _agreement(texts, [_letters(each, letters) for each in forced]).max(axis=1)
    to_class = np.nanmedian(agreement, axis=1) if len(students) > 2 else np.zeros(len(students))
    usual = np.maximum(to_forced, to_class)
    found = []
    for first, second in zip(*np.triu_indices(len(students), 1), strict=True):
        excess = agreement[first, second] - max(usual[first], usual[second])
        if excess >= NOTABLE:
            with_names = Indel.normalized_similarity(named[first], named[second])
            found.append(
                Pair(
                    exercise,
                    (students[first], students[second]),
                    float(agreement[first, second]),
                    float(excess),
                    bool(with_names > 0.95),
                )
            )
    return sorted(found, key=lambda pair: (-pair.excess, pair.students))


def _agreement(texts: list[str], others: list[str]) -> np.ndarray:
    """Return how far each of some texts agrees with each of others."""
    scorer = Indel.normalized_similarity
    return process.cdist(texts, others, scorer=scorer, dtype=np.float64)


def _letters(source: str, letters: dict[str, str], names: bool = False) -> str:
    """Write a program with one letter for each token, so that texts can be compared.

    Layout, comments and docstrings are left out; names are all the same, if they do not count.
    """
    found = []
    for kind, text in _tokens(source[:LONGEST]):
        word = text if names or kind != tokenize.NAME or keyword.iskeyword(text) else "name"
        letter = chr(LETTERS[0] + len(letters) % LETTERS[1])
        found.append(letters.setdefault(f"{kind} {word}", letter))
    return "".join(found)


def _tokens(source: str) -> list[tuple[int, str]]:
    """Return the tokens that do something; of what is no Python, those before the fault."""
    found: list[tuple[int, str]] = []
    begins = True
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            docstring = begins and token.type == tokenize.STRING
            if token.type not in SKIPPED and not docstring:
                text = "" if token.type in (tokenize.INDENT, tokenize.DEDENT) else token.string
                found.append((token.type, text))
            begins = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.NL)
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass
    return found
