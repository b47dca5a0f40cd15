"""Does a cut on the score change the background's mass shape, and does it leave the peak of the dibosons?

needs   results/{analysis}/ntuples/{sample}/nominal.arrow
        results/{analysis}/scores/{variant}/combined/{sample}/nominal.arrow
makes   results/{analysis}/sculpting/{variant}/sculpting.json   chi2 per quantile, KS, dijet mass in score quantiles
        results/{analysis}/sculpting/{variant}/diboson_peak.json   the peak with and without it, sidebands, significance
        results/{analysis}/figures/sculpting/{variant}/...
"""


include: "../inputs/sculpting.smk"


rule check_sculpting:
    """Compare the background's mass in quantiles of the score with the inclusive one: chi2 and KS, signed weights."""
    input:
        events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES),
        scores=combined_scores(SAMPLES),
    output:
        "<results>/sculpting/{variant}/sculpting.json",
    log:
        "<logs>/check_sculpting/{variant}.log",
    benchmark:
        "<benchmarks>/check_sculpting/{variant}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.check_sculpting, "variant"),
        **code("check_sculpting"),
    shell:
        "python scripts/check_sculpting.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--events {input.events:q} --scores {input.scores:q} --output {output:q} > {log:q} 2>&1"


rule plot_sculpting:
    """Draw the background's mass in quantiles of the score, with ratios to the inclusive shape."""
    input:
        "<results>/sculpting/{variant}/sculpting.json",
    output:
        [
            report(
                f"<results>/figures/sculpting/{{variant}}/{figure}.png",
                category="3 Sculpting",
                subcategory="{variant}",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure.replace("_", " ")},
            )
            for figure in SCULPTING_FIGURES
        ],
        expand("<results>/figures/sculpting/{{variant}}/{figure}.pdf", figure=SCULPTING_FIGURES),
    log:
        "<logs>/plot_sculpting/{variant}.log",
    benchmark:
        "<benchmarks>/plot_sculpting/{variant}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_sculpting"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_sculpting.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--sculpting {input:q} --output-folder {params.folder:q} > {log:q} 2>&1"


rule check_diboson_peak:
    """Look for the peak of the resonant background in the top quantile of the signal's score, with and without it."""
    input:
        events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES),
        scores=combined_scores(SAMPLES),
    output:
        "<results>/sculpting/{variant}/diboson_peak.json",
    log:
        "<logs>/check_diboson_peak/{variant}.log",
    benchmark:
        "<benchmarks>/check_diboson_peak/{variant}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.check_diboson_peak),
        **code("check_diboson_peak"),
    shell:
        "python scripts/check_diboson_peak.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--events {input.events:q} --scores {input.scores:q} --output {output:q} > {log:q} 2>&1"


rule plot_diboson_peak:
    """Draw the mass in the top quantile of the signal's score with and without the resonant background."""
    input:
        "<results>/sculpting/{variant}/diboson_peak.json",
    output:
        [
            report(
                f"<results>/figures/sculpting/{{variant}}/{figure}.png",
                category="3 Sculpting",
                subcategory="{variant}",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure.replace("_", " ")},
            )
            for figure in DIBOSON_FIGURES
        ],
        expand("<results>/figures/sculpting/{{variant}}/{figure}.pdf", figure=DIBOSON_FIGURES),
    log:
        "<logs>/plot_diboson_peak/{variant}.log",
    benchmark:
        "<benchmarks>/plot_diboson_peak/{variant}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_diboson_peak"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_diboson_peak.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--diboson-peak {input:q} --output-folder {params.folder:q} > {log:q} 2>&1"
