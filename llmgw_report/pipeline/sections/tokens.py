"""Output over input tokens per model."""

from llmgw_report.gateways.rows import TokenRow
from llmgw_report.model.sections import TokenEfficiency
from llmgw_report.pipeline.measured import Measured


def token_efficiency(measured: Measured) -> tuple[TokenEfficiency, ...]:
    """Models with the most tokens, at most `top`, from the scrape if it counts tokens, else from rows."""
    counted = _from_metrics(measured) or _from_rows(measured)
    found = sorted(counted.items(), key=lambda item: (-sum(item[1]), item[0]))
    return tuple(
        TokenEfficiency(
            model=model, input_tokens=given, output_tokens=taken, output_input_ratio=taken / given if given else None
        )
        for model, (given, taken) in found[: measured.span.top]
    )


def _from_metrics(measured: Measured) -> dict[str, tuple[int, int]]:
    counted: dict[str, dict[str, float]] = {}
    for one in measured.of("tokens"):
        model, kind = one.roles.get("model"), one.roles.get("token-type")
        if model and kind:
            kinds = counted.setdefault(model, {"input": 0.0, "output": 0.0})
            kinds[kind] = kinds.get(kind, 0.0) + one.value
    return {model: (round(kinds["input"]), round(kinds["output"])) for model, kinds in counted.items()}


def _from_rows(measured: Measured) -> dict[str, tuple[int, int]]:
    rows = measured.table("token_efficiency", TokenRow) or ()
    return {row.model: (row.input_tokens, row.output_tokens) for row in rows}
