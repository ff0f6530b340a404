"""Names of sources, entities, feature views, models and modules that a spec uses and that must be there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlcycle.diagnostics.diagnostic import Diagnostic, Related
from mlcycle.diagnostics.span import Span
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.language.checks import ForeignKey
from mlcycle.language.project import Model, Project
from mlcycle.language.rows import LaterEvents
from mlcycle.lowering.lower import Lowered
from mlcycle.lowering.resolved import Schemas


def unknown_names(lowered: Lowered) -> Iterator[Diagnostic]:
    """A reference to something that the spec does not declare."""
    project = lowered.project
    for view in project.feature_views.values():
        yield from undeclared("MLC201", "source", view.source, project.sources, view.span("source"))
        yield from undeclared("MLC202", "entity", view.entity, project.entities, view.span("entity"))
    for model in project.models.values():
        if isinstance(model.label, str):
            yield from _label_source(model.label, model.span("label"), project.sources)
        else:
            yield from _of_later_events(model, model.label, project)
        for i, reference in enumerate(model.features):
            name = reference.partition(".")[0]
            yield from undeclared(
                "MLC203", "feature view", name, project.feature_views, model.span("features", i)
            )
    for service in project.services.values():
        yield from undeclared("MLC204", "model", service.model, project.models, service.span("model"))
        if service.labels is not None:
            place = service.labels.span("source")
            yield from undeclared("MLC201", "source", service.labels.source, project.sources, place)
    for case in project.tests:
        span = case.span("feature_view")
        yield from undeclared("MLC203", "feature view", case.feature_view, project.feature_views, span)


def undeclared(
    code: str, what: str, name: str | None, declared: Iterable[str], span: Span
) -> Iterator[Diagnostic]:
    """The finding that something named `name` is not declared, if it is not."""
    known = list(declared)
    if name is not None and name not in known:
        help_line = did_you_mean(name, known) or f"this spec declares no {what}"
        yield Diagnostic(code=code, message=f"there is no {what} `{name}`", span=span, help=help_line)


def _label_source(label: str, span: Span, declared: Iterable[str]) -> Iterator[Diagnostic]:
    source, _, column = label.partition(".")
    for found in undeclared("MLC201", "source", source, declared, span):
        near = found.help
        if near is not None and near.startswith("did you mean `"):
            near = near.replace("`?", f".{column}`?")
        yield Diagnostic(code=found.code, message=found.message, span=found.span, help=near)


def _of_later_events(model: Model, label: LaterEvents, project: Project) -> Iterator[Diagnostic]:
    """The sources and entities of a label of later events and of the rows that it belongs to."""
    sources, entities, listed = project.sources, project.entities, model.population
    yield from undeclared("MLC201", "source", label.source, sources, label.span("source"))
    yield from undeclared("MLC202", "entity", label.entity, entities, label.span("entity"))
    yield from undeclared("MLC201", "source", model.rows, sources, model.span("rows"))
    if listed is not None:
        yield from undeclared("MLC201", "source", listed.source, sources, listed.span("source"))
        yield from undeclared("MLC202", "entity", listed.entity, entities, listed.span("entity"))


def foreign_keys(lowered: Lowered) -> Iterator[Diagnostic]:
    """A `foreign_key` check to a source or a column that is not there."""
    sources = lowered.resolution.sources
    for source in sources.values():
        for check in source.spec.checks:
            if not isinstance(check, ForeignKey):
                continue
            yield from undeclared("MLC201", "source", check.source, sources, check.span("source"))
            other = sources.get(check.source)
            key = "references" if check.references else "columns"
            for i, name in enumerate(check.references or check.columns):
                if other is not None and other.table.find(name) is None:
                    message = f"{other.table.title} has no column `{name}`"
                    help_line = did_you_mean(name, other.table.columns)
                    yield Diagnostic(code="MLC301", message=message, span=check.span(key, i), help=help_line)


def own_rows(lowered: Lowered) -> Iterator[Diagnostic]:
    """A view without an entity tells of the predicted row itself, so it must read the label's source."""
    for model in lowered.resolution.models.values():
        source = model.source
        for i, reference in enumerate(model.spec.features):
            view = lowered.resolution.views.get(reference.partition(".")[0])
            if view is None or source is None or view.looked_up or view.source in (None, source):
                continue
            other = view.spec.source
            rows = "a population" if model.members is not None else f"those of `{source.name}`"
            message = f"`{view.name}` reads `{other}`, but the rows of this model are {rows}"
            help_line = f"give `{view.name}` an `entity:`, so that it is looked up for each row"
            declared = Related(span=view.spec.span("source"), message="its source is declared here")
            place = model.spec.span("features", i)
            yield Diagnostic(code="MLC210", message=message, span=place, help=help_line, related=(declared,))


def python_modules(lowered: Lowered, schemas: Schemas) -> Iterator[Diagnostic]:
    """A function of the author's own in a module that is not there. Nothing is imported to find out."""
    for source in lowered.resolution.sources.values():
        yield from _module(getattr(source.spec, "python", None), source.spec.span("python"), schemas)
        for step in source.spec.clean:
            yield from _module(getattr(step, "python", None), step.span("python"), schemas)
    for model in lowered.resolution.models.values():
        for part in (*model.parts.preprocess, model.parts.trainer):
            yield from _module(getattr(part, "python", None), part.span("python"), schemas)


def _module(reference: object, span: Span, schemas: Schemas) -> Iterator[Diagnostic]:
    if not isinstance(reference, str):
        return
    module = reference.partition(":")[0]
    if not schemas.has_module(module):
        path = module.replace(".", "/")
        help_line = f"expected `{path}.py` below the folder of mlcycle.yaml, or an installed module"
        yield Diagnostic(code="MLC209", message=f"there is no module `{module}`", span=span, help=help_line)


def missing_files(lowered: Lowered) -> Iterator[Diagnostic]:
    """A source whose file is not there: its columns cannot be checked."""
    for source in lowered.resolution.sources.values():
        if not source.table.complete:
            file = source.spec.file()
            message = f"the columns of `{source.name}` are not known: `{file}` is not there or cannot be read"
            help_line = "put the file there; columns and types are checked as soon as it can be read"
            yield Diagnostic(
                code="MLC211",
                message=message,
                span=source.spec.span("path"),
                severity="warning",
                help=help_line,
            )


def circles_of_sources(lowered: Lowered) -> Iterator[Diagnostic]:
    """Sources whose `foreign_key` checks need each other."""
    needs = {
        name: {check.source: check for check in source.spec.checks if isinstance(check, ForeignKey)}
        for name, source in lowered.resolution.sources.items()
    }
    for name, checks in needs.items():
        for other, check in checks.items():
            if name == other or name in _reached(other, needs):
                message = f"`{name}` is checked against `{other}`, and `{other}` against `{name}`"
                if name == other:
                    message = f"`{name}` is checked against itself"
                help_line = "keep one of the checks"
                yield Diagnostic(code="MLC208", message=message, span=check.span("source"), help=help_line)


def _reached(start: str, needs: dict[str, dict[str, ForeignKey]]) -> set[str]:
    found: set[str] = set()
    left = [start]
    while left:
        for other in needs.get(left.pop(), {}):
            if other not in found:
                found.add(other)
                left.append(other)
    return found
