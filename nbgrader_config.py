"""nbgrader's configuration: where the course's files are, and how a submission is marked.

nbgrader reads it when it is run in this folder, from the command line and in formgrader alike.
"""

from pathlib import Path

from pooledu.grading.bridge import configure, configure_release
from pooledu.grading.bridge.programs import prepare_programs

prepare_programs()

c = get_config()  # noqa: F821  (nbgrader provides it)

c.CourseDirectory.course_id = "pooling"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__"]

# An LMS puts all submissions into one archive; unpacked, their names are
# STUDENT_TIME_NOTEBOOK.ipynb, with a time such as 20260930T174500Z.
c.FileNameCollectorPlugin.named_regexp = (
    r".*/(?P<student_id>[\w.-]+)_(?P<timestamp>\d{8}T\d{6}Z)_(?P<file_id>\w+)\.ipynb$"
)

c.AssignLatePenalties.plugin_class = "pooledu.grading.bridge.LatePenaltyPerDay"
c.LatePenaltyPerDay.share_per_day = 0.1

# The problem sets say where the course can be installed from, once _config.yml has an address.
configure_release(c, Path(__file__).with_name("_config.yml"))

# Submissions are run in a sandbox and judged outside of it.
configure(c)

# Nothing after the last cell that has points can change a mark, so it is not run.
c.JudgedExecute.up_to_the_last_mark = True

# The problem sets ask for no file beside the notebook; those of other assignments travel with it.
c.JudgedExecute.submitted_files = {
    name: []
    for name in (
        "ps1_windows",
        "ps2_borders",
        "ps3_global_adaptive",
        "ps4_backward",
        "ps5_variants",
        "ps6_pool_vs_stride",
        "ps7_other_ways",
    )
}
