"""Small helpers that do not depend on the course: sessions, files, threads, random numbers, Student's t."""
