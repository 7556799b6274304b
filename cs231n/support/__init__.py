"""Small helpers that know nothing of the course: sessions, files, threads, Student's t."""
