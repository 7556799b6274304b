"""How a download becomes submissions, one per student, in whatever form a learning platform hands it out.

- `download` takes the file or folder, finds out which platform made it, and says so.
- `platforms` is the table of platforms. `canvas`, `moodle`, `gradescope`, `blackboard`, `brightspace`,
  `google_classroom`, `github_classroom` and `nbgrader` each know the names that one platform makes. What none of them
  recognises holds one folder, .zip or notebook per student, see `..reading.submissions`.
- `entries` has what they share: the entries of a folder, and a student's `Work`.
- `unpacked` unpacks a .zip of a class. `gathered` puts a student's files together where a platform scatters them.
"""
