"""The problem sets with their solutions go into the wheel: `pooledu new-course` needs them."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithProblemSets(build_py):
    """Copies `solutions/` into the package."""

    def run(self) -> None:
        """Build the package."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "pooledu", "problem_sets")
            ignored = shutil.ignore_patterns(".*", "__pycache__")
            shutil.copytree("solutions", target, ignore=ignored, dirs_exist_ok=True)


setup(cmdclass={"build_py": WithProblemSets})
