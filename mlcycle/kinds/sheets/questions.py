"""The questions of a data sheet, by section, and what the spec answers to them.

They are those of Gebru et al., Datasheets for Datasets, Communications of the ACM 64 (2021), that only people
can answer; what can be measured stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlcycle.emit.card import CardText


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section: its questions by the key of the spec that answers each."""

    title: str
    about: str
    questions: Mapping[str, str]

    @property
    def anchor(self) -> str:
        """Its name in an address."""
        return self.title.lower()


MOTIVATION = Part(
    title="Motivation",
    about="Why the data was made, and by whom.",
    questions={
        "purpose": "What was it made for?",
        "creators": "Who made it, and on whose behalf?",
        "funding": "Who paid for it?",
    },
)
COMPOSITION = Part(
    title="Composition",
    about="What is in it.",
    questions={
        "instances": "What does a row stand for?",
        "coverage": "What is it a sample of, and what is missing?",
        "known_errors": "Which errors, noise and repetitions are known?",
        "sensitive_content": "What in it is personal, confidential or offensive?",
    },
)
COLLECTION = Part(
    title="Collection",
    about="How it came about.",
    questions={
        "collection": "How was it acquired?",
        "period": "When was it collected?",
        "consent": "Did the people that it tells of know and agree?",
        "ethics_review": "Who reviewed whether it may be collected and used?",
    },
)
PREPARATION = Part(
    title="Preparation",
    about="What was done to it: cleaning, derived columns, labels.",
    questions={
        "preparation": "What was done to it before it is read here?",
        "labeling": "How did labels come about?",
        "raw_data": "Where is it as it was before?",
    },
)
USES = Part(
    title="Uses",
    about="What it is used for, and what it must not be used for.",
    questions={
        "used_for": "What has it been used for?",
        "not_for": "What must it not be used for?",
        "risks": "What about it may harm somebody when it is used?",
    },
)
DISTRIBUTION = Part(
    title="Distribution",
    about="Who may have it, on which terms, and how to tell this version from another.",
    questions={
        "license": "Under which licence?",
        "citation": "How is it cited?",
        "url": "Which page does it come from?",
        "published": "When was it published?",
        "access": "Who may have it, and what restricts that?",
    },
)
MAINTENANCE = Part(
    title="Maintenance",
    about="Who keeps it, and what happens when it changes.",
    questions={
        "maintainer": "Who keeps it?",
        "updates": "How often does it change?",
        "retention": "How long is it kept?",
        "corrections": "Where are errors reported?",
    },
)
PARTS = (MOTIVATION, COMPOSITION, COLLECTION, PREPARATION, USES, DISTRIBUTION, MAINTENANCE)


def answers(part: Part, said: Mapping[str, Any]) -> tuple[CardText, ...]:
    """The questions that the spec answers, each with its answer."""
    found = []
    for key, question in part.questions.items():
        value = said.get(key)
        if isinstance(value, list | tuple):
            found += [CardText(title=question, items=tuple(map(str, value)))] if value else []
        elif value:
            found.append(CardText(title=question, text=str(value)))
    return tuple(found)


def unsaid(part: Part, said: Mapping[str, Any]) -> tuple[str, ...]:
    """The questions that the spec does not answer."""
    return tuple(question for key, question in part.questions.items() if not said.get(key))


def answered(said: Mapping[str, Any]) -> str:
    """How many of all questions are answered: `5 of 27`."""
    every = [key for part in PARTS for key in part.questions]
    return f"{sum(bool(said.get(key)) for key in every)} of {len(every)}"
