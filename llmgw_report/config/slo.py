"""The service level objective: a share of good requests over a window, and the rules that watch its budget."""

from msgspec import Struct

from llmgw_report.config.values import duration
from llmgw_report.errors import UsageError
from llmgw_report.model.sections import BurnRule

DAY = 86400.0
DEFAULT_WINDOW = 30 * DAY

#: Burn rate, long window and short window of a 30-day SLO. Source: "The Site Reliability Workbook", chapter 5:
#: 2 % of the budget in an hour, 5 % in six hours, 10 % in three days.
RULES = ((14.4, 3600.0, 300.0), (6.0, 21600.0, 1800.0), (1.0, 3 * DAY, 21600.0))


class Slo(Struct, frozen=True, kw_only=True):
    """At least `target` (0 to 1) of the requests of `window_seconds` are good."""

    target: float
    window_seconds: float = DEFAULT_WINDOW

    def rules(self) -> tuple[BurnRule, ...]:
        """The usual rules with their windows scaled to this one, in whole seconds."""
        scale = self.window_seconds / DEFAULT_WINDOW
        return tuple(
            BurnRule(burn_rate=rate, long_seconds=round(long * scale), short_seconds=round(short * scale))
            for rate, long, short in RULES
        )

    def windows(self) -> tuple[int, ...]:
        """Seconds of every window that has to be counted, the longest first."""
        windows = {self.window_seconds}
        for rule in self.rules():
            windows |= {rule.long_seconds, rule.short_seconds}
        return tuple(sorted((round(seconds) for seconds in windows), reverse=True))


def slo(target: str | float, window: str | float | None, place: str, window_place: str) -> Slo:
    """An objective from words such as "99.5%" and "30d"; UsageError for one that cannot be watched."""
    found = Slo(
        target=_share(target, place),
        window_seconds=duration(window, window_place) if window is not None else DEFAULT_WINDOW,
    )
    if found.window_seconds < DAY:
        message = f"{window_place} {window}: shorter than a day"
        raise UsageError(message, "burn rates over minutes of a shorter window would be noise; write 7d or 30d")
    _can_fire(found, target, place)
    return found


def _share(target: str | float, place: str) -> float:
    """A share of "99.5%" or 0.995. A bare 99.5 is refused rather than guessed at."""
    text = str(target).strip()
    percent = text.endswith("%")
    try:
        share = float(text.removesuffix("%")) / (100 if percent else 1)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        why = "leaves no error budget" if share == 1 else "is not a share between 0 and 1"
        message = f"{place} {text}: {why}"
        raise UsageError(message, "write a percentage such as 99.5%, or a share such as 0.995")
    return share


def _can_fire(found: Slo, target: str | float, place: str) -> None:
    """If every request fails, the budget burns at 1 / (1 - target): a rule at or above that is never seen to fire."""
    most = 1 / (1 - found.target)
    never = [rate for rate, _, _ in RULES if rate >= most]
    if never:
        message = f"{place} {target}: the rule for a burn rate of {never[0]:g} can never fire, {most:.3g} is the most"
        lowest = 1 - 1 / max(rate for rate, _, _ in RULES)
        raise UsageError(
            message, f"set an objective above {lowest:.2%}, or watch the share itself with error-ratio.fail"
        )
