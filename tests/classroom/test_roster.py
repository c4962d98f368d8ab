"""Rosters in the platforms' forms: who is in the class, and who a name belongs to."""

import pytest

from servicelab.classroom.roster import Roster, canvas_key, moodle_key
from servicelab.cluster.base import MachineError
from tests.classroom import rosters

PEOPLE = rosters.students()
FORMS = {
    "canvas": (rosters.canvas, "id"),
    "worksheet": (rosters.moodle_worksheet, "email"),
    "participants": (rosters.moodle_participants, "id"),
    "blackboard": (rosters.blackboard, "id"),
    "plain": (rosters.plain, "id"),
}


def read(tmp_path, data, name="roster.csv"):
    (tmp_path / name).write_bytes(data)
    return Roster.read(tmp_path / name)


@pytest.mark.parametrize("form", FORMS)
def test_all_sixty_and_nobody_else(tmp_path, form):
    make, identity = FORMS[form]
    roster = read(tmp_path, make(PEOPLE))
    assert [person.id for person in roster.people] == [one[identity] for one in PEOPLE]
    ada = PEOPLE[0]
    for name in (ada[identity].upper(), f" {ada['first'].upper()} {ada['last']} "):
        assert roster.find(name).id == ada[identity]
    assert roster.find("nobody", "") is None
    assert roster.find("nobody", ada[identity]).id == ada[identity]


@pytest.mark.parametrize("form", FORMS)
def test_a_table_is_written_as_it_was_read(tmp_path, form):
    data = FORMS[form][0](PEOPLE)
    assert read(tmp_path, data).table.data() == data


def test_a_platforms_number_is_no_id(tmp_path):
    """Somebody's id may be another's number."""
    people = [{**PEOPLE[0], "id": PEOPLE[1]["number"]}, PEOPLE[1]]
    roster = read(tmp_path, rosters.canvas(people))
    assert roster.find(people[1]["number"]).id == people[0]["id"]
    assert roster.find(canvas_key(people[1]["number"])).id == people[1]["id"]
    worksheet = read(tmp_path, rosters.moodle_worksheet(people))
    assert worksheet.find(moodle_key(people[1]["number"])).id == people[1]["email"]
    assert worksheet.find(people[1]["number"]) is None


def test_a_name_that_two_have_is_nobodys(tmp_path):
    twins = [PEOPLE[0], {**PEOPLE[1], "first": PEOPLE[0]["first"], "last": PEOPLE[0]["last"]}]
    roster = read(tmp_path, rosters.plain(twins))
    assert roster.find("Ada Lovelace") is None


def test_two_tables_of_one_class(tmp_path):
    roster = read(tmp_path, rosters.moodle_participants(PEOPLE))
    joined = roster.joined(read(tmp_path, rosters.moodle_worksheet(PEOPLE[::-1]), "worksheet.csv"))
    assert joined.find(moodle_key(PEOPLE[7]["number"])).id == PEOPLE[7]["id"]


def test_groups(tmp_path):
    roster = read(tmp_path, rosters.plain(PEOPLE[:3], group=["Red", "red", "blue"]))
    assert [person.group for person in roster.people] == ["red", "red", "blue"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "holds no table"),
        (b"a,b\n1,2\n", "no column names the students"),
        (b"id,name\n", "lists nobody"),
        (b"id,name\nada,A\nADA,B\n", "rows 2 and 3 have the same id, ada"),
        (b"id,name\n../x,A\n", "cannot be an id"),
        (b"id,name\n..,A\n", "cannot be an id"),
        ("id,name\nada,Zoë\n".encode("latin-1"), "not in UTF-8"),
    ],
)
def test_what_is_no_roster_says_so(tmp_path, data, said):
    with pytest.raises(MachineError, match=said):
        read(tmp_path, data)


def test_semicolons_as_some_spreadsheets_write_them(tmp_path):
    assert read(tmp_path, b"id;name\nada;Ada, Countess\n").find("ada")
