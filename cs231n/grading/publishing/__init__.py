"""Make what the course hands out from its sources: solved notebooks, fresh outputs, a release, nbgrader's source."""
