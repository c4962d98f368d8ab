"""What `%exercise` puts on a learner's cluster."""

from servicelab.course import load_course
from servicelab.course.variant import reference
from servicelab.notebook.preparing import prepare


def test_an_exercise_after_another_whose_pods_have_the_same_names(embedded_server):
    for slug in ("nodeport", "clusterip", "nodeport"):
        said = prepare(embedded_server, slug, reference(load_course().exercise(slug)))
        assert said.startswith(f"The exercise {slug} is ready in the namespaces"), said
