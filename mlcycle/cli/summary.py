"""What stands now, for a person: models with their gates, versions and parity, services, what to try next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlcycle.cli.console import count, number, table
from mlcycle.cli.labels import labels
from mlcycle.kinds.splits.accepted import told
from mlcycle.rollout.words import in_short

if TYPE_CHECKING:
    from mlcycle.graph.node import Graph, Node
    from mlcycle.rollout.state import State
    from mlcycle.store.result import Result
    from mlcycle.task import CheckResult

#: How the cause of what a retraining ran begins (`store.retrains.Request.sentence`).
_ASKED = "retraining "

#: What people read of a result.
_DOCUMENTS = ("model_card.md", "data_sheet.html")

_MARKS = {"pass": "pass", "fail": "FAIL", "inconclusive": "INCONCLUSIVE", "not_applicable": "n/a"}


def summary(
    graph: Graph,
    environment: str,
    results: Mapping[str, Result],
    states: Iterable[State] = (),
    artifacts: str = "",
) -> str:
    """`results` are the newest result of each node by name; nodes that never ran are missing from it.

    states: where services stand, of this project and of others. artifacts: the folder that results lie in.
    """
    project, spec_file = graph.project, graph.spec_file
    if not results:
        return f"{project}: nothing was built yet in {environment}; start with `mlcycle run {spec_file}`"
    newest = max(result.ended for result in results.values())
    head = f"{project} ({spec_file}) in {environment}, last built {newest:%Y-%m-%d %H:%M} UTC"
    blocks = [head, _sources(project, results)]
    blocks += [_model(graph, name, results) for name in _names(project, "models", results)]
    stand = {state.service: state for state in states}
    services = [(name, stand.get(f"{project}/{name}")) for name in _names(project, "services", results)]
    blocks += [_service(project, name, results, state) for name, state in services]
    blocks.append(_monitors(project, results))
    blocks.append(_documents(results, artifacts))
    blocks.append(_next(spec_file, services))
    return "\n\n".join(block for block in blocks if block)


def _names(project: str, phase: str, results: Mapping[str, Result]) -> list[str]:
    prefix = f"{project}/{phase}/"
    return list(
        dict.fromkeys(name[len(prefix) :].split("/")[0] for name in results if name.startswith(prefix))
    )


def _sources(project: str, results: Mapping[str, Result]) -> str:
    rows = [
        (name.split("/", 1)[1], result.key_figure, _worries(result))
        for name, result in results.items()
        if name.startswith(tuple(f"{project}/{phase}/" for phase in ("partitions", "sources", "features")))
    ]
    return "data\n" + table(rows) if rows else ""


def _worries(result: Result) -> str:
    """The checks of a table that did not pass."""
    return "; ".join(
        f"{check.name}: {check.message or check.verdict}"
        for check in result.checks
        if check.verdict != "pass"
    )


def _model(graph: Graph, model: str, results: Mapping[str, Result]) -> str:
    def of(part: str) -> Result | None:
        return results.get(f"{graph.project}/models/{model}/{part}")

    lines = [f"model {model}"]
    if (rows := of("rows")) is not None:
        lines.append(f"  rows          {rows.key_figure}")
    if (dataset := of("dataset")) is not None:
        lines.append(f"  dataset       {dataset.key_figure}")
    if (split := of("split")) is not None:
        lines.append(f"  split         {split.key_figure}")
        lines += [f"                {line}" for line in _signs(split, graph[split.node])]
    if (training := of("training")) is not None:
        lines.append(f"  training      {training.key_figure}")
        lines += [f"                by {asked}" for asked in training.cause if asked.startswith(_ASKED)]
    registration = of("registration")
    version = registration.record.get("version") if registration is not None else None
    lines.append(f"  registered    version {version}" if version else "  registered    no version yet")
    if (evaluation := of("evaluation")) is not None:
        names = labels(graph[evaluation.node])
        lines += ["  gates", table(_gate_rows(evaluation.checks, names), indent="    ")]
    return "\n".join(lines)


def _signs(split: Result, node: Node) -> Iterator[str]:
    """What the checks of a split found, why it is accepted, and what is accepted for nothing."""
    for check in split.checks:
        said = told(check, node.documentation.get("accepted", {}))
        if check.verdict == "fail" or said.needless:
            yield said.message


def _gate_rows(checks: tuple[CheckResult, ...], names: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    yield ("", "gate", "figure", "interval", "limit", "rows", "")
    for check in checks:
        bounded = check.low is not None and check.high is not None
        yield (
            _mark(check),
            names.get(check.name, check.name),
            number(check.figure),
            f"{number(check.low)} to {number(check.high)}" if bounded else "",
            check.limit or "",
            f"{check.rows:,}" if check.rows is not None else "",
            "" if check.verdict == "pass" else check.message,
        )


def _mark(check: CheckResult) -> str:
    """The verdict, and whether a failed one stops nothing."""
    warns = check.severity == "warn" and check.verdict in ("fail", "inconclusive")
    return _MARKS[check.verdict] + (" (warning)" if warns else "")


def _service(project: str, service: str, results: Mapping[str, Result], state: State | None) -> str:
    def of(part: str) -> Result | None:
        return results.get(f"{project}/services/{service}/{part}")

    lines = [f"service {service}"]
    if (replay := of("replay")) is not None:
        lines.append(f"  replay        {_parity(replay.figures) or replay.key_figure}")
    lines.append(f"  rollout       {in_short(state) if state is not None else 'not started'}")
    if (predictions := of("predictions")) is not None:
        lines.append(f"  predictions   {predictions.key_figure}")
    return "\n".join(lines)


def _monitors(project: str, results: Mapping[str, Result]) -> str:
    prefix = f"{project}/monitors/"
    rows = [
        (name.removeprefix(prefix), result.key_figure, ", ".join(result.figures.get("wrong", ())))
        for name, result in results.items()
        if name.startswith(prefix)
    ]
    return "monitors\n" + table(rows) if rows else ""


def _documents(results: Mapping[str, Result], artifacts: str) -> str:
    """Where model cards and data sheets are to be read."""
    rows = [
        (name.split("/", 1)[1], "/".join(filter(None, (artifacts, result.path, document))))
        for name, result in results.items()
        for document in _DOCUMENTS
        if any(file.path == document for file in result.files)
    ]
    return "documents\n" + table(rows) if rows else ""


def _parity(figures: Mapping[str, Any]) -> str:
    """How close the served scores were to those of training time."""
    if not {"rows", "largest_difference", "max_difference"} <= set(figures):
        return ""
    rows = count(int(figures["rows"]), "row")
    largest, allowed = figures["largest_difference"], figures["max_difference"]
    said = f"{largest:.1e}" if largest else "0"
    return f"{rows} asked over HTTP: largest difference {said}, allowed {allowed:.0e}"


def _next(spec_file: str, services: Sequence[tuple[str, State | None]]) -> str:
    serving = [name for name, state in services if state is not None and state.champion is not None]
    moving = [name for name, state in services if state is not None and state.rollout is not None]
    rows = [(f"mlcycle serve {name}", "answer predictions over HTTP") for name in serving[:1]]
    rows += [(f"mlcycle rollout status {name}", "what the new version waits for") for name in moving]
    rows.append((f"mlcycle plan {spec_file}", "after changing the spec: what would be rebuilt, and why"))
    rows.append(("dagster dev -m mlcycle.definitions", "Dagster's page: lineage, checks, metadata"))
    return "next\n" + table(rows)
