"""Files of the report: what it summarises and what the targets `report` and `all` ask for."""

import json
import time

STARTED = time.time()


def report_inputs():
    """Give the JSON results that the report summarises and judges."""
    counts = expand("<results>/ntuples/{sample}/summary.json", sample=SAMPLES_AND_DATA)
    diagnostics = expand("<results>/weights/diagnostics/{sample}.json", sample=DIAGNOSED_SAMPLES)
    closures = expand(
        "<results>/weights/transformed/{sample}/{kind}.json",
        sample=TRANSFORMED_SAMPLES,
        kind=["closure", "calibration"],
    )
    closures += [
        f"<results>/weights/{file}"
        for files in stages.write_report(ANALYSIS).other_closures.values()
        for file in files.values()
    ]
    judged = performances() + mass_results() + [path for path in comparison_results() if path.endswith(".json")]
    trainings = [
        f"<results>/classifiers/{name}/seed{seed}/fold{fold}/history.json"
        for name in ANALYSIS.trained_for(ANALYSIS.judged())
        for seed in ANALYSIS.seeds_of(name)
        for fold in FOLDS
    ]
    trainings += expand(
        "<results>/weights/sign_networks/{sample}/without_fold{fold}/history.json",
        sample=TRANSFORMED_SAMPLES,
        fold=FOLDS,
    )
    sculpting = [path for path in sculpting_results() if path.endswith(".json")]
    factors = [path for path in scale_factor_results() if path.endswith(".json")]
    of_fits = fit_jsons() + limit_jsons() + contour_jsons()
    return counts + diagnostics + closures + judged + trainings + sculpting + factors + of_fits


def key_figures():
    """Give the figures of which the front page shows one per stage; the worst sample and variant are known late."""
    names = (
        "weight_closure.png",
        "roc_comparison.png",
        "mass_in_score_quantiles.png",
        "control_regions.png",
        "likelihood_scan.png",
    )
    drawn = weight_results() + comparison_results() + sculpting_results() + scale_factor_results() + fit_results()
    return [path for path in drawn if path.endswith(names)]


def report_contents():
    """Give the summary, the front page and everything that the report shows."""
    return [
        "<results>/report/summary.json",
        "<results>/report/verdict.txt",
        "<results>/report/front_page.rst",
        REGIONS,
        *weight_results(),
        *classifier_results(),
        *sculpting_results(),
        *scale_factor_results(),
        *distribution_results(),
        *fit_results(),
        *detail_results(),
    ]


def report_files():
    """Give the report and everything in it."""
    return ["<results>/report/report.html", *report_contents()]


def report_captions():
    """Give the captions of the figures."""
    return sorted(
        str(path.relative_to(workflow.basedir)) for path in Path(workflow.basedir).glob("workflow/report/*.rst")
    )


def overrides():
    """Give the keys that `--config` overrides, as JSON."""
    given = {}
    for file in workflow.configfiles:
        given |= read_yaml(file)
    return json.dumps({key: value for key, value in config.items() if given.get(key) != value})


def announce_report():
    """Say what the report says first and where it is, if this run made it."""
    page = RESULTS / "report" / "report.html"
    if page.is_file() and page.stat().st_mtime >= STARTED:
        print((RESULTS / "report" / "verdict.txt").read_text(encoding="utf-8").rstrip())
        print(f"The report is {page}")
