"""Field names completed and explained by a real shell, as notebook programs ask for it."""

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import run_kernel

from servicelab.notebook.completing import complete, explained

SERVICE = """\
%%manifest web.yaml
apiVersion: v1
kind: Service
metadata:
  name: web
"""
SECONDS = 60


@pytest.fixture(scope="module")
def shell():
    made = InteractiveShell()
    complete(made)
    complete(made)  # as %reload_ext does
    return made


def completions(shell, text: str) -> dict[str, str]:
    """What is offered at `|`, each with what stands beside it."""
    with provisionalcompleter():
        return {
            f"{text[: found.start]}{found.text}".rpartition("\n")[2].lstrip(" -"): found.type
            for found in shell.Completer.completions(text.replace("|", ""), text.index("|"))
        }


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        (f"{SERVICE}sp|", {"spec"}),
        (f"{SERVICE}spec:\n  session|", {"sessionAffinity", "sessionAffinityConfig"}),
        (f"{SERVICE}spec:\n  ports:\n    - p|", {"port", "protocol"}),
        (f"{SERVICE}spec:\n  ports:\n    - port: 80\n      p|", {"protocol"}),
        (f"{SERVICE}spec:\n  ports:\n    - port: 80\n      t|\n  selector:\n    app: web\n", {"targetPort"}),
        (f"{SERVICE}spec:\n  t|\n  selector:\n     app: [\n", {"trafficDistribution", "type"}),
        (f"{SERVICE}---\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - read|", {"readinessProbe"}),
        ("%%manifest a.yaml\nspec:\n  conta|\nkind: Pod\napiVersion: v1", {"containers"}),
        ("%%manifest a.yaml\n|", {"apiVersion", "kind", "metadata"}),
        ("\n\n%%manifest a.yaml\nki|", {"kind"}),
        ("impor|", {"import"}),
        ("%%timei|", {"%%timeit"}),
    ],
)
def test_what_fits_is_offered(shell, text, offered):
    assert set(completions(shell, text)) == offered


@pytest.mark.parametrize(
    "text",
    [
        f"{SERVICE}spec:\n  type: sess|",
        "%%answer a\nspe|",
        f"{SERVICE}a: b: c\nspe|",
        "%%manifest a.yaml\nkind: X\nspe|",
    ],
)
def test_fields_are_offered_nowhere_else(shell, text):
    assert not {"sessionAffinity", "spec"} & set(completions(shell, text))


def test_the_type_stands_beside_the_name(shell):
    assert completions(shell, f"{SERVICE}spec:\n  ports:\n    - n|") == {"name": "string", "nodePort": "integer"}


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (
            f"{SERVICE}spec:\n  ports:\n    - port: 8|0",
            "port <integer>\nThe port that will be exposed by this service.",
        ),
        (f"{SERVICE}spec:\n  ports:\n    - port|", "port <integer>\n"),
        (f"{SERVICE}spec:\n  ports|:\n    - port: 80\n  type: x", "ports <[]ServicePort>\n"),
        ("%%mani|fest a.yaml\nkind: Service", None),
        (f"{SERVICE}spec:\n  selector:\n    ap|p: web", None),
        (f"{SERVICE}spec: [|]", "spec <ServiceSpec>\n"),
        ("print|(1)", None),
        ("", None),
    ],
)
def test_a_field_is_explained_wherever_its_line_is_asked_about(text, begins):
    said = explained(text.replace("|", ""), max(text.find("|"), 0))
    assert said is None if begins is None else said.startswith(begins)


def test_a_kernel_completes_and_inspects():
    with run_kernel() as client:
        client.execute_interactive("%load_ext servicelab.notebook", timeout=SECONDS)
        cell = f"{SERVICE}spec:\n  select"
        found = client.complete(cell, reply=True, timeout=SECONDS)["content"]
        assert found["matches"] == ["selector"]
        assert cell[: found["cursor_start"]] == f"{SERVICE}spec:\n  "
        said = client.inspect(f"{cell}or", reply=True, timeout=SECONDS)["content"]
        assert said["data"]["text/plain"].startswith("selector <map[string]string>\nRoute service traffic to pods")
        assert "Return the absolute value" in str(client.inspect("abs", reply=True, timeout=SECONDS)["content"])
        assert not client.inspect("nothing_here", reply=True, timeout=SECONDS)["content"]["found"]
