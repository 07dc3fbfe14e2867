"""nbgrader's bridge: its steps, its gradebook and its writing, with the course's own parts in them.

What a course's `nbgrader_config.py` names is here.
"""

from pooledu.grading.bridge.course import configure_course
from pooledu.grading.bridge.late import LatePenaltyPerDay
from pooledu.grading.bridge.release import configure_release
from pooledu.grading.bridge.steps import configure

__all__ = ["LatePenaltyPerDay", "configure", "configure_course", "configure_release"]
