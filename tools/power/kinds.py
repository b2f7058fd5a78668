"""The kinds of traffic without a fault on which false alarms are counted."""

from typing import NamedTuple

from tools.power.dependence import Dependence
from tools.power.traffic import Plan
from tools.power.trial import Case

#: So many hours show how much an hour usually varies.
HOURS = 6


class Kind(NamedTuple):
    """One kind of traffic; the case's baseline is left out of every other report."""

    name: str
    case: Case


def _dependent(name: str, dependence: Dependence) -> Kind:
    return Kind(name, Case(Plan(dependence=dependence), hours=HOURS))


KINDS = (
    Kind("independent requests", Case()),
    _dependent("clustered failures", Dependence(clustering=0.02)),
    _dependent("two-minute incidents, all fail", Dependence(incident=1.0)),
    _dependent("two-minute incidents, half fail", Dependence(incident=0.5)),
    _dependent("latency drifts by 15%", Dependence(drift=0.15)),
    _dependent("latency drifts by 30%", Dependence(drift=0.3)),
    _dependent("sessions of heavy users", Dependence(sessions=True)),
    _dependent("all of it together", Dependence(clustering=0.02, incident=0.5, drift=0.15, sessions=True)),
    Kind("an earlier hour 20 times as busy", Case(earlier=20.0)),
    Kind("an earlier hour a tenth as busy", Case(earlier=0.1)),
    Kind("ten times the instances", Case(Plan(fleet=10))),
    Kind("a day of counters", Case(hours=24)),
    Kind("a twentieth of the requests in the last 15 s", Case(Plan(burst=0.05))),
    Kind("long requests, many in flight", Case(Plan(slowness=1.7), baseline=False)),
)
