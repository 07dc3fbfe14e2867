"""Write down in which chapter and section of the book each label and each heading stands.

    python scripts/sections.py

A verdict names them where there is no book to link to; the package does not hold the book.
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "pooledu" / "checks" / "sections.json"
LABEL = re.compile(r"^\(([\w-]+)\)=$")
HEADING = re.compile(r"^(#+) +(.*?)(?: *\{[^}]*\})?$")


def sections() -> dict[str, list[str]]:
    """Return for each label, as a link, its chapter and its section."""
    found = {}
    for path in sorted((ROOT / "book").glob("*.md")):
        chapter = section = ""
        waiting: list[str] = []
        code = False
        for line in path.read_text(encoding="utf-8").splitlines():
            code ^= line.startswith("```")
            if code:
                continue
            if label := LABEL.match(line):
                waiting.append(label[1])
            elif line.strip():
                if heading := HEADING.match(line):
                    section = heading[2].replace("`", "").replace("*", "")
                    chapter = chapter or section
                    waiting.append(re.sub(r"[^a-z0-9]+", "-", section.lower()).strip("-"))
                for each in waiting:
                    found.setdefault(f"book/{path.stem}.html#{each}", [chapter, section])
                waiting.clear()
    return found


if __name__ == "__main__":
    text = json.dumps(sections(), ensure_ascii=False, indent=1, sort_keys=True)
    TARGET.write_text(text + "\n", encoding="utf-8")
