"""From the course's sources to what is handed out: solved notebooks, fresh outputs, a release, nbgrader's source."""
