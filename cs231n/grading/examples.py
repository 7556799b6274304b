"""Examples at the end of the commands' help texts. A test gives each of them to the parser."""

GRADE_EXAMPLES = """\
examples:
  python -m cs231n.grading grade submissions.zip --out grades --jobs 2
      a class, as the platform gave it; the same command goes on after a stop
  python -m cs231n.grading grade submissions.zip --out grades --only ana
      one student, again
  python -m cs231n.grading grade submissions.zip --out grades --points points.json
      other points; nothing runs again
  python -m cs231n.grading grade submissions.zip --out grades --deadline 2026-12-01T23:59 --late 10%/day --grace 15min
      what lateness costs
  python -m cs231n.grading grade submissions.zip --out grades --merge marks.json
      the marks that grades/private/written.html gave
  python -m cs231n.grading grade submissions.zip --out grades --roster gradebook.csv --export canvas
      the file that the platform takes back, in grades/export
  python -m cs231n.grading grade submissions.zip --out grades --dask tcp://10.0.0.1:8786
      on the workers of a Dask cluster

cs231n/grading/README.md goes from the release to the marks handed back."""
EXPLAIN_EXAMPLES = """\
examples:
  python -m cs231n.grading explain ana 1.3 --out grades
  python -m cs231n.grading explain "Zoë Müller" softmax_loss --out grades
  python -m cs231n.grading explain ana written-1 --out grades"""
