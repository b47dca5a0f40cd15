"""Files of the report: what it summarises and what the targets `report` and `all` ask for."""


def report_inputs():
    """Give the JSON results that the report summarises."""
    diagnostics = expand("<results>/weights/diagnostics/{sample}.json", sample=SAMPLES)
    closures = expand(
        "<results>/weights/transformed/{sample}/{kind}.json",
        sample=TRANSFORMED_SAMPLES,
        kind=["closure", "calibration"],
    )
    performances = expand("<results>/classifiers/{variant}/performance.json", variant=ANALYSIS.classifiers)
    sculpting = [path for path in sculpting_results() if path.endswith(".json")]
    factors = [path for path in scale_factor_results() if path.endswith(".json")]
    return diagnostics + closures + performances + sculpting + factors + fit_jsons()


def report_files():
    """Give the summary, the front page and everything that the report shows."""
    return [
        "<results>/report/summary.json",
        "<results>/report/front_page.rst",
        *weight_results(),
        *classifier_results(),
        *sculpting_results(),
        *scale_factor_results(),
        *fit_results(),
    ]
