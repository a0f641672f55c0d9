"""Pictures of pipelines: what is in them, that nothing overlaps, and that no name gets out of its quotes."""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mlpipelines.graph.dot import dot
from mlpipelines.graph.font import shortened, text_width
from mlpipelines.graph.layout import Arrow, Layout, Size, lay_out
from mlpipelines.graph.mermaid import mermaid
from mlpipelines.graph.model import Edge, Graph, Node, graph_of
from mlpipelines.graph.svg import svg
from mlpipelines.project import Project
from tests.conftest import CASES, ROOT
from tests.test_cli import mlpipelines

VALID = sorted((CASES / "valid").glob("*.yaml"))
HOSTILE = '</text><script>alert(1)</script>"`%%{init: {}}%% ]} end\n\x07\x1b & ü 漢字 #quot; \\N \\" -->'
HOSTILES = Graph(
    HOSTILE,
    (
        Node("a" + HOSTILE, HOSTILE, "decision", HOSTILE),
        Node("b", "job", "job", "", (HOSTILE, "b_use")),
        Node("c", "t"),
    ),
    (
        Edge("a" + HOSTILE, "b", "branch", ("true", HOSTILE)),
        Edge("b", "c", "after"),
        Edge("a" + HOSTILE, "c", "data", (HOSTILE,) * 9),
    ),
    HOSTILE,
)


@pytest.fixture(scope="module")
def iris() -> Graph:
    return graph_of(Project.at(ROOT).compile(ROOT / "pipelines" / "iris-knn.yaml"))


def test_each_use_of_an_output_is_an_edge_with_its_name(iris: Graph) -> None:
    assert [(edge.source, edge.target, edge.labels) for edge in iris.edges] == [
        ("data_prep", "train_model", ("train",)),
        ("train_model", "create_model", ("artifact",)),
        ("create_model", "test_model", ("name",)),
        ("data_prep", "test_model", ("test_features",)),
        ("test_model", "quality", ("predictions",)),
        ("data_prep", "quality", ("test_labels",)),
    ]
    assert [node.kind for node in iris.nodes] == ["task", "job", "resource", "job", "task"]


def test_branches_have_their_answer_and_after_is_another_kind(project: Project, tmp_path: Path) -> None:
    graph = graph_of(project.compile(CASES / "valid" / "step-condition.yaml"))
    assert Edge("good_enough", "deploy", "branch", ("true",)) in graph.edges
    assert Edge("good_enough", "forget", "branch", ("false",)) in graph.edges
    file = tmp_path / "x.yaml"
    file.write_text(
        "name: x\nsteps:\n  a: {type: delete_model, model: m}\n"
        "  b: {type: delete_model, model: n, after: a, description: 'it ends'}\n"
    )
    graph = graph_of(project.compile(file))
    assert graph.edges == (Edge("a", "b", "after"),)
    assert "-.->" in mermaid(graph)
    assert "[style=dashed]" in dot(graph)
    assert 'class="edge after"' in svg(graph)
    assert "it ends" in svg(graph)


def test_mermaid_and_dot_of_the_first_pipeline(iris: Graph) -> None:
    assert mermaid(iris).splitlines()[:7] == [
        "flowchart TD",
        '    s0["data_prep<br/><small>prepare</small>"]',
        '    s1["train_model<br/><small>train</small>"]',
        '    s2["create_model<br/><small>model</small>"]',
        '    s3["test_model<br/><small>transform</small>"]',
        '    s4["quality<br/><small>evaluate</small>"]',
        '    s0 -->|"train"| s1',
    ]
    assert '  "data_prep" -> "train_model" [label="train"];' in dot(iris).splitlines()


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_every_valid_pipeline_can_be_drawn(file: Path, project: Project) -> None:
    graph = graph_of(project.compile(file))
    texts = shown(svg(graph))
    assert {node.name for node in graph.nodes} <= texts
    assert {label for edge in graph.edges for label in edge.labels[:4]} <= texts
    assert mermaid(graph).count("\n    s") >= len(graph.nodes)


def test_no_name_gets_out_of_its_quotes() -> None:
    picture = svg(HOSTILES)
    assert "<script" not in picture
    tags = {element.tag.split("}")[1] for element in ElementTree.fromstring(picture).iter()}
    assert tags == {"svg", "style", "rect", "text", "g", "title", "path", "polygon"}
    for line in mermaid(HOSTILES).splitlines():
        inside = re.findall('"([^"]*)"', line)
        assert line.count('"') == 2 * len(inside)
        assert not [text for text in inside if re.search("[`%{}\\[\\]\\\\]|<(?!br/>|/?small>)", text)]
    for line in dot(HOSTILES).splitlines()[2:-1]:
        rest = re.sub(r'"(?:[^"\\]|\\.)*"', "Q", line)
        assert re.fullmatch(r"[\w =\-\[\],;{}.>#]*", rest), rest
    assert "\\N" not in dot(HOSTILES).replace("\\\\N", "")


def test_a_step_of_several_tasks_is_a_group() -> None:
    graph = Graph("x", (Node("a", "own", tasks=("a_make", "a_use")), Node("b", "own")), (Edge("a", "b", "after"),))
    assert 'subgraph s0["a: own"]' in mermaid(graph)
    assert '"a.a_use" -> "b" [style=dashed, ltail="cluster_a"];' in dot(graph)
    assert {"a_make", "a_use"} <= shown(svg(graph))


def random_graph(seed: int, count: int) -> tuple[list[Size], list[Arrow]]:
    chance = random.Random(seed)
    boxes = [(chance.uniform(60, 200), chance.choice([46.0, 100.0])) for _ in range(count)]
    pairs = {(chance.randrange(target), target) for target in range(1, count) for _ in range(2) if target % 7}
    return boxes, [Arrow(*pair, (chance.uniform(0, 90), chance.choice([0, 14, 28]))) for pair in sorted(pairs)]


def overlaps(first: tuple[float, float, float, float], second: tuple[float, float, float, float]) -> bool:
    (x1, y1, w1, h1), (x2, y2, w2, h2) = first, second
    return abs(x1 - x2) < (w1 + w2) / 2 - 0.01 and abs(y1 - y2) < (h1 + h2) / 2 - 0.01


@pytest.mark.parametrize("seed", range(12))
def test_nothing_lies_upon_anything_else(seed: int) -> None:
    boxes, arrows = random_graph(seed, 4 + 3 * seed)
    layout = lay_out(boxes, arrows)
    places = [(*place, *size) for place, size in zip(layout.boxes, boxes, strict=True)]
    places += [(*place, *arrow.label) for place, arrow in zip(layout.labels, arrows, strict=True)]
    assert not [pair for pair in itertools.combinations(places, 2) if overlaps(*pair)]
    for x, y, width, height in places:
        assert width / 2 - 0.01 <= x <= layout.size[0] - width / 2 + 0.01
        assert height / 2 - 0.01 <= y <= layout.size[1] - height / 2 + 0.01
    for points in layout.arrows:
        assert all(upper[1] < lower[1] for upper, lower in itertools.pairwise(points)), "arrows go down"


def test_arrows_of_a_chain_are_straight_and_a_tree_has_no_crossings() -> None:
    chain = lay_out([(80, 46)] * 5, [Arrow(number, number + 1) for number in range(4)])
    assert len({round(x, 1) for x, _ in chain.boxes}) == 1
    tree = lay_out([(80, 46)] * 7, [Arrow((number - 1) // 2, number) for number in (4, 1, 6, 3, 2, 5)])
    assert crossings(tree) == 0


def crossings(layout: Layout) -> int:
    lines = [pair for points in layout.arrows for pair in itertools.pairwise(points)]
    level = [(a, b) for a, b in itertools.combinations(lines, 2) if a[0][1] == b[0][1]]
    return sum((a[0][0] - b[0][0]) * (a[1][0] - b[1][0]) < -0.01 for a, b in level)


def test_a_picture_without_arrows_and_one_that_is_huge() -> None:
    assert lay_out([(80, 46)], []).size == (80, 46)
    nodes = tuple(Node(f"s{number}", "train") for number in range(1000))
    assert len(svg(Graph("x", nodes, tuple(Edge(f"s{n}", f"s{n + 1}") for n in range(999))))) > 100_000


def test_long_names_are_shortened_by_their_width() -> None:
    assert shortened("short", 14, 100) == "short"
    assert shortened("w" * 100, 14, 100).endswith("…")
    assert text_width(shortened("w" * 100, 14, 100), 14) <= 100
    assert text_width("漢", 10) > text_width("i", 10)


@pytest.mark.parametrize(("name", "start"), [("x.svg", "<svg"), ("x.dot", "digraph"), ("x.mmd", "flowchart")])
def test_the_ending_of_the_output_says_its_format(name: str, start: str, tmp_path: Path) -> None:
    done = mlpipelines("graph", "pipelines/iris-knn.yaml", "--output", tmp_path / name)
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / name).read_text().startswith(start)


def test_what_cannot_be_drawn_is_said() -> None:
    assert mlpipelines("graph", "pipelines/iris-knn.yaml").stdout.startswith("flowchart TD")
    assert mlpipelines("graph", "nowhere.yaml").returncode == 2
    done = mlpipelines("graph", "pipelines/iris-knn.yaml", "--output", "/nowhere/x.svg")
    assert (done.returncode, done.stderr) == (
        2,
        "mlpipelines: cannot write /nowhere/x.svg: No such file or directory\n",
    )
    done = mlpipelines("graph", CASES / "invalid" / "unknown-step-field.yaml")
    assert done.returncode == 1
    assert "did you mean 'instance_type'?" in done.stderr


def shown(picture: str) -> set[str]:
    return {element.text or "" for element in ElementTree.fromstring(picture).iter() if element.tag.endswith("}text")}
