"""The headline numbers, the front page of the report and the report.

needs   the JSON results of every stage, and the figures of which the front page shows some
makes   results/{analysis}/report/summary.json      every headline number with its uncertainty, graded
        results/{analysis}/report/verdict.txt       the grades for a terminal, the worst first
        results/{analysis}/report/front_page.rst    the same as the first page of `snakemake --report`
        results/{analysis}/report/report.html       the report: one page with the front page and every figure
"""


include: "../inputs/report.smk"


rule write_report:
    """Collect every headline number with its uncertainty, judge it, and write the report's front page."""
    input:
        report_inputs(),
        figures=key_figures(),
    output:
        summary="<results>/report/summary.json",
        verdict="<results>/report/verdict.txt",
        front_page="<results>/report/front_page.rst",
    log:
        "<logs>/write_report/all.log",
    benchmark:
        "<benchmarks>/write_report/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.write_report),
        **code("write_report"),
        folder=results_folder,
    shell:
        "python scripts/write_report.py --settings {params.settings:q} --results-folder {params.folder:q} "
        "--summary {output.summary:q} --verdict {output.verdict:q} --front-page {output.front_page:q} > {log:q} 2>&1"


rule render_report:
    """Render the report as one self-contained page, once all that it shows is there."""
    input:
        wanted(report_contents()),
        captions=report_captions(),
        stylesheet="workflow/report/style.css",
    output:
        "<results>/report/report.html",
    log:
        "<logs>/render_report/all.log",
    benchmark:
        "<benchmarks>/render_report/all.tsv"
    # The configured analysis only: the front page of a report is named once, in the Snakefile.
    wildcard_constraints:
        analysis=ANALYSIS.analysis,
    # Runs where Snakemake does, in its environment.
    handover: True
    resources:
        mem_mb=by_size(800, 8),
        runtime=by_size(10),
    params:
        **code("render_report"),
        snakefile=workflow.main_snakefile,
        configuration=lambda wildcards, output: workflow.configfiles,
        overrides=lambda wildcards, output: overrides(),
    shell:
        "python scripts/render_report.py --snakefile {params.snakefile:q} --configuration {params.configuration:q} "
        "--overrides {params.overrides:q} --stylesheet {input.stylesheet:q} --page {output:q} > {log:q} 2>&1"
