"""A course of one's own: what `course.toml` says of it, its folder, its dates, its wheels."""
