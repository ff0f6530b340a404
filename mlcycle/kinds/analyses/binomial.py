"""What a count says about a rate, at any time that one cares to look.

A rate p is refuted by the likelihood of the count under a mixture of rates, over its likelihood under p. For
the true p this ratio is a martingale that starts at 1, so the chance that it ever reaches 1/alpha, over all
looks together, is at most alpha: Ville's inequality (Ville 1939), with the mixtures of Robbins (1970,
"Statistical methods related to the law of the iterated logarithm"). The rates that are not refuted are an
interval that may be looked at after every request: a confidence sequence (Waudby-Smith and Ramdas 2024,
"Estimating means of bounded random variables by betting"). Pure `math`, as checking a spec computes with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

#: Of the mixture, a Beta distribution: half an observation of a success, as Jeffreys' prior has it.
_A = 0.5

#: How often to halve: to twelve digits of a rate.
_HALVINGS = 40


def log_evidence(successes: int, trials: int, rate: float, *, scale: float) -> float:
    """The natural logarithm of the evidence against `rate`, infinite where the count is impossible under it.

    scale: the order of the rates that matter, known before any of the data. The mixture is the Beta
    distribution with a = 1/2 and b = 1/(4 scale), so that B(k + a, n - k + b) / B(a, b) is the numerator.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no count")
    b = 1 / (4 * scale)
    mixture = _log_beta(successes + _A, trials - successes + b) - _log_beta(_A, b)
    return mixture - _times(successes, rate) - _times(trials - successes, 1 - rate)


def bounds(successes: int, trials: int, *, alpha: float, scale: float) -> tuple[float, float]:
    """The rates that are not refuted at level `alpha`; 0 to 1 without trials. Holds at every look at once."""
    figure = successes / trials if trials else 0.0
    enough = math.log(1 / alpha)

    def refuted(rate: float) -> bool:
        return log_evidence(successes, trials, rate, scale=scale) >= enough

    low = _edge(refuted, 0.0, figure) if refuted(0.0) else 0.0
    high = _edge(refuted, 1.0, figure) if refuted(1.0) else 1.0
    return low, high


def likely_counts(trials: int, rate: float, *, alpha: float, scale: float) -> tuple[int, int]:
    """The least and the greatest count that does not refute `rate` at level `alpha`."""
    enough = math.log(1 / alpha)

    def refuted(count: int) -> bool:
        return log_evidence(count, trials, rate, scale=scale) >= enough

    least = most = round(trials * rate)
    while least > 0 and not refuted(least - 1):
        least -= 1
    while most < trials and not refuted(most + 1):
        most += 1
    return least, most


def least_trials(limit: float, *, alpha: float, scale: float) -> int:
    """With fewer trials no count, not even none at all, shows that a rate is below `limit`.

    1 where no number of them would: checks say so.
    """
    if not (0 < limit < 1 and 0 < alpha < 1):
        return 1
    enough = math.log(1 / alpha)

    def refuted(trials: int) -> bool:
        return log_evidence(0, trials, limit, scale=scale) >= enough

    most = 1
    while not refuted(most):
        most *= 2
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        if refuted(middle):
            most = middle
        else:
            least = middle
    return most


def _edge(refuted: Callable[[float], bool], outside: float, inside: float) -> float:
    """Where refuting ends between a refuted rate and the observed one: the evidence falls all the way."""
    for _ in range(_HALVINGS):
        middle = (outside + inside) / 2
        if refuted(middle):
            outside = middle
        else:
            inside = middle
    return inside


def _times(count: int, rate: float) -> float:
    if count == 0:
        return 0.0
    return count * math.log(rate) if rate > 0 else -math.inf


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
