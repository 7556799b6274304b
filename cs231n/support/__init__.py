"""Small helpers that do not depend on the course: sessions, files, threads, Student's t."""
