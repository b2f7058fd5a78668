"""The service level objective: a ratio of good requests over a window, and the rules that watch its budget."""

from msgspec import Struct

from llmgw_report.config.values import default, duration_text, ratio_text
from llmgw_report.errors import UsageError
from llmgw_report.model.outcomes import BurnRule
from llmgw_report.units import DAY_SECONDS

DEFAULT_WINDOW_SECONDS: float = default("slo-window")

#: Burn rate, long window and short window of a 30-day SLO. Source: "The Site Reliability Workbook", chapter 5:
#: 2 % of the budget in an hour, 5 % in six hours, 10 % in three days.
RULES = ((14.4, 3600.0, 300.0), (6.0, 21600.0, 1800.0), (1.0, 3 * DAY_SECONDS, 21600.0))


class Slo(Struct, frozen=True, kw_only=True):
    """At least `target` (0 to 1) of the requests of `window_seconds` are good."""

    target: float
    window_seconds: float = DEFAULT_WINDOW_SECONDS

    def rules(self) -> tuple[BurnRule, ...]:
        """The usual rules with their windows scaled to this one, in whole seconds."""
        scale = self.window_seconds / DEFAULT_WINDOW_SECONDS
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


def slo(target: float, window_seconds: float, place: str, window_place: str) -> Slo:
    """An objective; UsageError for one that cannot be watched."""
    text = ratio_text(target)
    if not 0 < target < 1:
        why = "leaves no error budget" if target == 1 else "is not a ratio between 0 and 1"
        raise UsageError(f"{place} {text}: {why}", "write a percentage such as 99.5%, or a ratio such as 0.995")
    if window_seconds < DAY_SECONDS:
        message = f"{window_place} {duration_text(window_seconds)}: shorter than a day"
        raise UsageError(message, "burn rates over minutes of a shorter window would be noise; write 7d or 30d")
    # If every request fails, the budget burns at 1 / (1 - target): a rule at or above that could never fire.
    highest = 1 / (1 - target)
    never = [rate for rate, _, _ in RULES if rate >= highest]
    if never:
        message = f"{place} {text}: the rule for a burn rate of {never[0]:g} can never fire, {highest:.3g} is the most"
        lowest = 1 - 1 / max(rate for rate, _, _ in RULES)
        raise UsageError(
            message, f"set an objective above {lowest:.2%}, or set a threshold for the ratio of errors itself"
        )
    return Slo(target=target, window_seconds=window_seconds)
