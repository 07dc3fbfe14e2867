"""What passes between the grader and a submission's process: messages of plain data."""
