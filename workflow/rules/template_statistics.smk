"""What the size of the simulation does to the fit (target `template_statistics`).

needs   results/{analysis}/ntuples/{sample}/{shift}.arrow and the combined scores of a variant
        results/{analysis}/scale_factors/result.json, where there are control regions
        results/{analysis}/weights/transformed/{sample}/without_fold{fold}.arrow, where their templates are studied
makes   results/{analysis}/template_statistics/{variant}/parts/{part}.json    some pseudo-experiments
        results/{analysis}/template_statistics/{variant}/result.json          bias, pulls, coverage of every binning and fit
        results/{analysis}/template_statistics/{variant}/binnings.json        expected error and bias in ever finer bins
        results/{analysis}/figures/template_statistics/{variant}/...
"""


include: "../inputs/template_statistics.smk"


rule study_template_statistics:
    """Draw data and simulated events anew, fill templates with them, and fit: some of the pseudo-experiments."""
    input:
        **fitted_scale_factors(),
        **studied_weights(),
        events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES, FITTED_SHIFTS),
        scores=combined_scores(SAMPLES, FITTED_SHIFTS),
    output:
        "<results>/template_statistics/{variant}/parts/{part}.json",
    log:
        "<logs>/study_template_statistics/{variant}_{part}.log",
    benchmark:
        "<benchmarks>/study_template_statistics/{variant}_{part}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(800, 8),
        runtime=by_size(60, 0.5),
    params:
        **settings(stages.study_template_statistics),
        **code("study_template_statistics"),
        numbers=first_and_last,
        scale_factors=scale_factors_argument,
        weights=weights_argument,
    shell:
        "python scripts/study_template_statistics.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--part {wildcards.part} --pseudo-experiments {params.numbers} --events {input.events:q} "
        "--scores {input.scores:q} {params.scale_factors} {params.weights} --output {output:q} > {log:q} 2>&1"


rule combine_template_statistics:
    """Put all pseudo-experiments into one table: what is wrong with which binning and treatment?"""
    input:
        template_statistics_parts(),
    output:
        "<results>/template_statistics/{variant}/result.json",
    log:
        "<logs>/combine_template_statistics/{variant}.log",
    benchmark:
        "<benchmarks>/combine_template_statistics/{variant}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 4),
        runtime=by_size(5),
    params:
        **settings(stages.combine_template_statistics),
        **code("combine_template_statistics"),
    shell:
        "python scripts/combine_template_statistics.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--parts {input:q} --output {output:q} > {log:q} 2>&1"


rule plot_template_statistics:
    """Draw bias, pulls, coverage, errors and failures against the number of bins."""
    input:
        "<results>/template_statistics/{variant}/result.json",
    output:
        [
            report(
                f"<results>/figures/template_statistics/{{variant}}/{figure}.png",
                category="5 Signal strength",
                subcategory="{variant}",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure.replace("_", " ")},
            )
            for figure in TEMPLATE_STATISTICS_FIGURES
        ],
        expand(
            "<results>/figures/template_statistics/{{variant}}/{figure}.pdf",
            figure=TEMPLATE_STATISTICS_FIGURES,
        ),
    log:
        "<logs>/plot_template_statistics/{variant}.log",
    benchmark:
        "<benchmarks>/plot_template_statistics/{variant}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_template_statistics"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_template_statistics.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--study {input:q} --output-folder {params.folder:q} > {log:q} 2>&1"


rule scan_binnings:
    """Give the expected error of the signal strength in ever finer bins, and the bias that the templates predict."""
    input:
        **fitted_scale_factors(),
        events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES, FITTED_SHIFTS),
        scores=combined_scores(SAMPLES, FITTED_SHIFTS),
    output:
        "<results>/template_statistics/{variant}/binnings.json",
    log:
        "<logs>/scan_binnings/{variant}.log",
    benchmark:
        "<benchmarks>/scan_binnings/{variant}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(1200, 8),
        runtime=by_size(20, 0.2),
    params:
        **settings(stages.scan_binnings),
        **code("scan_binnings"),
        scale_factors=scale_factors_argument,
    shell:
        "python scripts/scan_binnings.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--events {input.events:q} --scores {input.scores:q} {params.scale_factors} --output {output:q} > {log:q} 2>&1"


rule plot_binnings:
    """Draw the expected error and the predicted bias against the number of bins."""
    input:
        "<results>/template_statistics/{variant}/binnings.json",
    output:
        [
            report(
                f"<results>/figures/template_statistics/{{variant}}/{figure}.png",
                category="5 Signal strength",
                subcategory="{variant}",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure.replace("_", " ")},
            )
            for figure in BINNING_FIGURES
        ],
        expand(
            "<results>/figures/template_statistics/{{variant}}/{figure}.pdf",
            figure=BINNING_FIGURES,
        ),
    log:
        "<logs>/plot_binnings/{variant}.log",
    benchmark:
        "<benchmarks>/plot_binnings/{variant}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_binnings"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_binnings.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--scan {input:q} --output-folder {params.folder:q} > {log:q} 2>&1"
