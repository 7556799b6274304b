"""The tools of instructors and maintainers. A release for students does not contain this folder."""
