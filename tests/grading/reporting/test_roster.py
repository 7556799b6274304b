"""Tests of the roster: the platforms' exports are taken as they are, and nobody is mistaken for somebody else."""

import pytest

from cs231n.grading.reporting.matching import People
from cs231n.grading.reporting.roster import read_roster
from tests.helpers.sample_classes import CANVAS, MOODLE, ROSTERS, roster_of


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("kind", ROSTERS)
def test_every_platform_s_export_is_taken_as_it_is(kind, encoding, tmp_path):
    roster = roster_of(ROSTERS[kind], tmp_path / "roster.csv", encoding)
    assert roster.kind == kind
    identities = [identity for _, identity in roster.students]
    assert len(identities) == 3, "no rows about columns, no test student, no instructor"
    names = {"Doe, Jane", "Müller, Zoë", "Lee, Ping"} if kind == "Canvas" else {"Jane Doe", "Zoë Müller", "Ping Lee"}
    assert {identity["name"] for identity in identities} == names
    known = {"Canvas": "platform_id", "Moodle": "platform_id"}.get(kind, "id")
    assert [identity[known] for identity in identities] == ["101", "102", "103"]


def test_canvas_s_keys_are_told_apart(tmp_path):
    _, jane = roster_of(CANVAS, tmp_path / "roster.csv").students[0]
    assert jane == {"name": "Doe, Jane", "platform_id": "101", "sis_id": "S101", "login": "jdoe"}


def test_a_time_in_the_roster_is_read(tmp_path):
    _, jane = roster_of(MOODLE, tmp_path / "roster.csv").students[0]
    assert jane["submitted"] == "2026-12-01T21:00:00"
    text = "Name,SID,Email,Submission ID,Submission Time\nBo,1,b@u.edu,77,2026-12-01 22:00:00 -0800\nAl,2,a@u.edu,,\n"
    bo, al = (identity for _, identity in roster_of(text, tmp_path / "roster.csv").students)
    assert (bo["submitted"], bo["platform_id"]) == ("2026-12-01T22:00:00-08:00", "77") and "submitted" not in al


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffNAME,Student_ID,LOGIN,E-mail address\nZoë,7,zoe,z@u.edu\n",
        "name\tstudent id\tlogin\temail\r\nZoë\t7\tzoe\tz@u.edu\r\n",
        'sep=;\n"name";id;user name;mail\nZoë;7;zoe;z@u.edu\n;;;\n',
        "First name,Surname,ID number,Username,Email address\nZoë,,7,zoe,z@u.edu\n",
    ],
)
def test_headings_and_separators_of_a_plain_csv(text, tmp_path):
    roster = roster_of(text, tmp_path / "roster.csv")
    assert [identity for _, identity in roster.students] == [
        {"name": "Zoë", "id": "7", "login": "zoe", "email": "z@u.edu"}
    ]


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"PK\x03\x04rest of an xlsx", "export it as CSV"),
        (b"points,grade\n1,2\n", "lists no students"),
        (b"name,id\n", "lists no students"),
        (b'name\n"' + b"x" * 200_000 + b'"\n', "not a CSV file"),
    ],
)
def test_what_is_no_roster_is_refused_in_a_sentence(content, message, tmp_path):
    (tmp_path / "roster.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_roster(tmp_path / "roster.csv")


def test_hostile_cells_are_made_printable(tmp_path):
    _, found = roster_of('name,id\n"a\x1b[31m\nb",\'=1\n', tmp_path / "roster.csv").students[0]
    assert found == {"name": "a\\x1b[31m\\nb", "id": "'=1"}


PEOPLE = [
    {"name": "Doe, Jane", "platform_id": "1", "login": "jdoe", "sis_id": "77"},
    {"name": "Jane Doe", "platform_id": "2", "login": "jdoe2"},
    {"name": "Zoë Müller", "login": "zoe", "email": "zoe@uni.edu"},
    {"name": "Same Name"},
    {"name": "Same Name"},
]


@pytest.mark.parametrize(
    "identity, numbers",
    [
        ({"platform_id": "2", "name": "Jane Doe"}, [1]),
        ({"platform_id": "3", "name": "Jane Doe"}, []),  # a third one, who has left the course
        ({"name": "Jane Doe"}, [0, 1]),
        ({"name": "jdoe"}, [0]),
        ({"name": "JANE  DOE", "login": "JDOE2"}, [1]),
        ({"name": "Zoe\u0308 Mu\u0308ller"}, [2]),
        ({"name": "Müller, Zoë"}, [2]),
        ({"email": "Zoe@Uni.edu", "name": "Z."}, [2]),
        ({"login": "zoe@uni.edu"}, [2]),
        ({"id": "77"}, [0]),
        ({"login": "77"}, [0]),
        ({"name": "müllerzoë", "platform_id": "9"}, [2]),  # as Canvas writes it
        ({"name": "doejane"}, [0, 1]),
        ({"login": "other", "name": "Zoë Müller"}, []),
        ({"name": "Same Name"}, [3, 4]),
        ({"name": "Doe"}, []),
        ({"name": ""}, []),
        ({}, []),
    ],
)
def test_the_surest_key_decides_and_two_people_stay_two(identity, numbers):
    assert People(PEOPLE).find(identity)[0] == numbers
