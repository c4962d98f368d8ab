"""No small change of a solution passes, but those that equivalent.toml names, each with the reason why it works too."""

import tomllib
from dataclasses import replace

from servicelab.cluster.embedded import open_throwaway
from tests.graders.cases import EXERCISES, MISTAKES, judge, solution
from tests.graders.mutants import mutants


def survivors(slug):
    _, right = solution(slug)
    found = {}
    for file, text in right.manifests.items():
        for name, mutant in mutants(text):
            cluster = open_throwaway(seed=1)
            result = judge(slug, replace(right, manifests={**right.manifests, file: mutant}), cluster)
            cluster.close()
            assert not result.unscored, (name, result)
            if result.passed:
                found[f"{file}: {name}"] = mutant
    return found


@EXERCISES
def test_every_surviving_mutant_is_known_to_be_equivalent(exercise):
    path = MISTAKES / exercise.slug / "equivalent.toml"
    known = tomllib.loads(path.read_text("utf-8"))
    assert set(survivors(exercise.slug)) == set(known)
    assert all(known.values()), "each needs its reason"


def test_mutants_are_all_small_changes():
    made = dict(mutants("a: 1\nb: [x, true]\n"))
    assert set(made) == {
        "changed 0.a",
        "removed 0.a",
        "removed 0.b",
        "changed 0.b.0",
        "dropped 0.b.0",
        "changed 0.b.1",
        "dropped 0.b.1",
    }
    assert made["changed 0.b.1"] == "a: 1\nb:\n- x\n- false\n"
