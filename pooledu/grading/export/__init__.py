"""What goes out: the table, the feedback page, the file for a learning management system."""

from pooledu.grading.export.lms import LmsExport

__all__ = ["LmsExport"]
