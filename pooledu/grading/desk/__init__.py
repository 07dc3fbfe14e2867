"""What an instructor does in the course of a term, as commands: a course, its dates, its people."""
