"""The package as a file that students install: made from what is installed here.

So a course needs neither a clone nor a network to give its students the very version that grades
them. The problem sets' solutions are left out.
"""

import base64
import csv
import hashlib
import importlib.metadata
import io
import zipfile
from importlib import import_module
from pathlib import Path

PACKAGES = {"pooledu": "pooledu", "array-api-compat": "array_api_compat"}
"""Distribution -> package, of ours and of what others hardly have and is Python alone."""
LEFT_OUT = ("problem_sets", "__pycache__")
OF_AN_INSTALLATION = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same files make the same wheel


def write_wheels(folder: Path) -> str:
    """Write the wheels that students need into a folder; return the name of ours."""
    folder.mkdir(parents=True, exist_ok=True)
    ours, *_ = [write_wheel(name, folder).name for name in PACKAGES]
    return ours


def write_wheel(distribution: str, folder: Path) -> Path:
    """Pack an installed distribution of Python alone into a wheel."""
    about = importlib.metadata.distribution(distribution)
    stem = f"{distribution.replace('-', '_')}-{about.version}"
    content = dict(_files(PACKAGES[distribution]))
    for file in about.files or ():
        if file.parts[0] == f"{stem}.dist-info" and file.name not in OF_AN_INSTALLATION:
            content[file.as_posix()] = file.read_binary()
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    for name, data in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.writerow([name, f"sha256={digest}", len(data)])
    rows.writerow([f"{stem}.dist-info/RECORD", "", ""])
    content[f"{stem}.dist-info/RECORD"] = record.getvalue().encode()
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            wheel.writestr(entry, data)
    return path


def _files(package: str) -> list[tuple[str, bytes]]:
    """Return the files of an importable package, by their names in a wheel."""
    root = Path(str(import_module(package).__file__)).parent
    return [
        (path.relative_to(root.parent).as_posix(), path.read_bytes())
        for path in sorted(root.rglob("*"))
        if path.is_file() and not set(LEFT_OUT) & set(path.relative_to(root).parts)
    ]
