"""Data and simulation in any variable of any region, as the configuration names them.

needs   results/{analysis}/ntuples/{sample}/{shift}.arrow, with data where they are shown
        results/{analysis}/scores/{variant}/combined/{sample}/{shift}.arrow, where a score is drawn or hides events
        results/{analysis}/scale_factors/result.json, where factors are applied
makes   results/{analysis}/distributions/{region}.root              all variables, signed weights, without hidden data
        results/{analysis}/figures/distributions/{region}/...       linear and logarithmic, a figure per variable
"""


include: "../inputs/distributions.smk"


rule fill_distributions:
    """Fill a region's histograms in every variable: every process, nominal and shifted, signed weights; and data that are not hidden."""
    input:
        events=drawn_events,
        scores=drawn_scores,
    output:
        "<results>/distributions/{region}.root",
    log:
        "<logs>/fill_distributions/{region}.log",
    benchmark:
        "<benchmarks>/fill_distributions/{region}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.fill_distributions, "region"),
        **code("fill_distributions"),
    shell:
        "python scripts/fill_distributions.py --settings {params.settings:q} --region {wildcards.region} "
        "--events {input.events:q} --scores {input.scores:q} --output {output:q} > {log:q} 2>&1"


rule plot_distributions:
    """Draw data and simulation of a region in every variable, on linear and logarithmic axes, with ratios."""
    input:
        **factor_inputs(),
        histograms="<results>/distributions/{region}.root",
    output:
        [
            report(
                f"<results>/figures/distributions/{{region}}/{figure}.png",
                category="6 Distributions",
                subcategory="{region}",
                caption="../report/distributions.rst",
                labels={"variable": figure.rpartition("_")[0], "axis": figure.rpartition("_")[2]},
            )
            for figure in DISTRIBUTIONS
        ],
        expand("<results>/figures/distributions/{{region}}/{figure}.pdf", figure=DISTRIBUTIONS),
    log:
        "<logs>/plot_distributions/{region}.log",
    benchmark:
        "<benchmarks>/plot_distributions/{region}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(600),
        runtime=by_size(10),
    params:
        **settings(stages.plot_distributions),
        **code("plot_distributions"),
        factors=factor_arguments,
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_distributions.py --settings {params.settings:q} --region {wildcards.region} "
        "--histograms {input.histograms:q} {params.factors} --output-folder {params.folder:q} > {log:q} 2>&1"
