"""What only an instructor or a maintainer runs; a release for students leaves this folder out."""
