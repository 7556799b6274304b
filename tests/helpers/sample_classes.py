"""Classes that were graded already, and rosters as the platforms export them, for tests of what is given back."""

import json
from dataclasses import replace
from pathlib import Path

from cs231n.grading.collecting.download import collect
from cs231n.grading.reading.submissions import Submission
from cs231n.grading.reporting.class_list import list_class
from cs231n.grading.reporting.class_settings import ClassSettings
from cs231n.grading.reporting.feedback import make_page
from cs231n.grading.reporting.records import write_record
from cs231n.grading.reporting.roster import parse_roster
from cs231n.grading.reporting.stamps import stamp_of
from cs231n.grading.reporting.tables import read_table
from tests.helpers.sample_records import SECRETS, WORTH, make_record

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Batch normalization (4711),Quiz (4712),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,45.00,10.00,(read only)
"Doe, Jane",101,S101,jdoe,Monday,,9.0,90
"Müller, Zoë",102,S102,zmueller,Monday,,,
"Lee, Ping",103,S103,plee,Tuesday,,,
"Student, Test",999,,b1946ac92492d2347c6235b4d2611184,Monday,,,
"""
MOODLE = """\
Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),\
Last modified (grade),Feedback comments
Participant 101,Jane Doe,jdoe@uni.edu,Submitted for grading,,"45,00",Yes,"Tuesday, 1 December 2026, 9:00 PM",-,\
well done
Participant 102,Zoë Müller,zoe@uni.edu,Submitted for grading,"3,00","45,00",Yes,-,-,
Participant 103,Ping Lee,lee@uni.edu,No submission,,"45,00",Yes,-,-,
"""
BRIGHTSPACE = """\
OrgDefinedId,Username,Last Name,First Name,Email,Batch normalization Points Grade <Numeric MaxPoints:45>,\
End-of-Line Indicator
#101,#jdoe,Doe,Jane,jdoe@uni.edu,,#
#102,#zmueller,Müller,Zoë,zoe@uni.edu,,#
#103,#plee,Lee,Ping,lee@uni.edu,,#
"""
GRADESCOPE = """\
First Name,Last Name,SID,Email,Role,Sections
Jane,Doe,101,jdoe@uni.edu,Student,Monday
Zoë,Müller,102,zoe@uni.edu,Student,Monday
Ping,Lee,103,lee@uni.edu,Student,Tuesday
Ada,Teach,900,ada@uni.edu,Instructor,
"""
PLAIN = """\
Name;ID;Login;E-Mail
Jane Doe;101;jdoe;jdoe@uni.edu
Zoë Müller;102;zmueller;zoe@uni.edu
Ping Lee;103;plee;lee@uni.edu
"""
ROSTERS = {"Canvas": CANVAS, "Moodle": MOODLE, "Brightspace": BRIGHTSPACE, "Gradescope": GRADESCOPE, "plain CSV": PLAIN}
# Two of the three handed in; the second a day late, with a mistake.
JANE = Submission("Jane Doe", Path("a"), identity={"submitted": "2026-12-01T22:00", "platform_id": "101"})
ZOE = Submission(
    "Zoë Müller", Path("b"), identity={"submitted": "2026-12-02T12:00", "platform_id": "102", "late": "yes"}
)


WRITTEN_ANSWER = {"written-1": "The mean takes it out."}


def roster_of(text, path, encoding="utf-8"):
    """The roster in a text, through a file."""
    path.write_bytes(text.encode(encoding))
    return parse_roster(read_table(path))


def graded_class(*found, **settings):
    """A class, and the records of its submissions, each with a written answer. Of Zoë's answers one is wrong."""
    listed = list_class(found, ClassSettings(**settings), {one.student: one.student for one in found})
    wrong = {"relu_backward": {"dx": ""}}
    records = {
        one.student: make_record(one.student, wrong=wrong if one.student[0] in "Zzm" else None, written=WRITTEN_ANSWER)
        for one in found
    }
    return listed, records


# The same two, as each platform writes what they handed in: entries of a download.
DOWNLOADS = {
    "canvas": ["doejane_101_5001_01_softmax_gradient.ipynb", "müllerzoë_LATE_102_5002_01_softmax_gradient-1.ipynb"],
    "moodle": [f"{who}_assignsubmission_file_/01_softmax_gradient.ipynb" for who in ("Jane Doe_101", "Zoë Müller_102")],
    "brightspace": [
        "101-77 - Jane Doe - Dec 1, 2026 1000 PM/01_softmax_gradient.ipynb",
        "102-77 - Zoë Müller - Dec 2, 2026 1200 PM/01_softmax_gradient.ipynb",
    ],
    "nbgrader": ["jdoe/batchnorm/01_softmax_gradient.ipynb", "zmueller/batchnorm/01_softmax_gradient.ipynb"],
    "plain": ["Jane Doe/01_softmax_gradient.ipynb", "Zoë Müller/01_softmax_gradient.ipynb"],
}


def make_download(folder, platform):
    """Write a platform's download into a folder. Return it."""
    for name in DOWNLOADS[platform]:
        path = folder / "download" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"cells": []}')
    return folder / "download"


def graded_folder(folder, platform):
    """A platform's download and a folder of grades, as if the submissions in it had been graded. Return both."""
    download, out = make_download(folder, platform), folder / "grades"
    out.mkdir()
    (out / "settings.json").write_text(json.dumps({"seed": SECRETS["seed"], "points": WORTH}))
    for one in collect(download, out, None, lambda line: None):
        (record,) = graded_class(one)[1].values()
        record = replace(record, stamp=stamp_of(one, SECRETS["seed"]), path=str(one.path), identity=one.identity)
        write_record(out, record, make_page(record))
    return download, out
