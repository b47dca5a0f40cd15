"""Classifiers judged at each point of the signal, such as its mass, and the study of parametric networks.

needs   results/{analysis}/ntuples/{sample}/nominal.arrow, the scores of a variant and those of its seeds
makes   results/{analysis}/classifiers/{variant}/masses.json                        ROC, precision, significance ratio
        results/{analysis}/figures/classifiers/{variant}/...
        results/{analysis}/parametric/comparison.json                               all networks (target `parametric`)
        results/{analysis}/parametric/tables.tsv                                    the same to read
        results/{analysis}/parametric/limits.json                                   upper limits and errors of mu
        results/{analysis}/parametric/{variant}/seed{seed}/parameter_scan.json      the score against the parameter
        results/{analysis}/figures/parametric/...
"""


include: "../inputs/masses.smk"


rule check_masses:
    """Judge a classifier at each point of the signal against all background, with signed weights."""
    input:
        events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES),
        scores=combined_scores(SAMPLES),
        seeds=seed_scores(SAMPLES),
    output:
        "<results>/classifiers/{variant}/masses.json",
    log:
        "<logs>/check_masses/{variant}.log",
    benchmark:
        "<benchmarks>/check_masses/{variant}.tsv"
    wildcard_constraints:
        variant="|".join(ANALYSIS.variants()),
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.check_masses, "variant"),
        **code("check_masses"),
    shell:
        "python scripts/check_masses.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--events {input.events:q} --scores {input.scores:q} --seed-scores {input.seeds:q} --output {output:q} "
        "> {log:q} 2>&1"


rule plot_masses:
    """Draw ROC, precision against recall and significance ratio of a classifier at each point."""
    input:
        "<results>/classifiers/{variant}/masses.json",
    output:
        [
            report(
                f"<results>/figures/classifiers/{{variant}}/{figure}.png",
                category="2 Classifiers",
                subcategory="{variant}",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure.replace("_", " ")},
            )
            for figure in MASS_FIGURES
        ],
        expand("<results>/figures/classifiers/{{variant}}/{figure}.pdf", figure=MASS_FIGURES),
    log:
        "<logs>/plot_masses/{variant}.log",
    benchmark:
        "<benchmarks>/plot_masses/{variant}.tsv"
    wildcard_constraints:
        variant="|".join(ANALYSIS.variants()),
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_masses"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_masses.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--masses {input:q} --output-folder {params.folder:q} > {log:q} 2>&1"


rule compare_masses:
    """Compare all networks of the parametric study point by point, with their spread over seeds and what they store."""
    input:
        masses=mass_results(studied_variants()),
        models=studied_models(),
    output:
        comparison="<results>/parametric/comparison.json",
        tables="<results>/parametric/tables.tsv",
    log:
        "<logs>/compare_masses/all.log",
    benchmark:
        "<benchmarks>/compare_masses/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.compare_masses),
        **code("compare_masses"),
    shell:
        "python scripts/compare_masses.py --settings {params.settings:q} --masses {input.masses:q} "
        "--models {input.models:q} --output {output.comparison:q} --tables {output.tables:q} > {log:q} 2>&1"


rule plot_mass_comparison:
    """Draw AUC and significance ratio against the parameter, points that were trained and held out told apart."""
    input:
        "<results>/parametric/comparison.json",
    output:
        [
            report(
                f"<results>/figures/parametric/{figure}.png",
                category="7 Parametric networks",
                caption="../report/mass_comparison.rst",
                labels={"figure": figure.replace("_", " ")},
            )
            for figure in COMPARISON_BY_MASS
        ],
        expand("<results>/figures/parametric/{figure}.pdf", figure=COMPARISON_BY_MASS),
    log:
        "<logs>/plot_mass_comparison/all.log",
    benchmark:
        "<benchmarks>/plot_mass_comparison/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_mass_comparison"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_mass_comparison.py --settings {params.settings:q} --comparison {input:q} "
        "--output-folder {params.folder:q} > {log:q} 2>&1"


rule compare_mass_limits:
    """Put the upper limits and errors of the signal strength at each point side by side."""
    input:
        results=fits_at_points("result.json"),
        limits=fits_at_points("limits.json"),
    output:
        "<results>/parametric/limits.json",
    log:
        "<logs>/compare_mass_limits/all.log",
    benchmark:
        "<benchmarks>/compare_mass_limits/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.compare_mass_limits),
        **code("compare_mass_limits"),
    shell:
        "python scripts/compare_mass_limits.py --settings {params.settings:q} --results {input.results:q} "
        "--limits {input.limits:q} --output {output:q} > {log:q} 2>&1"


rule plot_mass_limits:
    """Draw upper limits with bands and the error of the signal strength against the parameter."""
    input:
        results=fits_at_points("result.json"),
        limits=fits_at_points("limits.json"),
    output:
        report(
            "<results>/figures/parametric/mass_limits.png",
            category="7 Parametric networks",
            caption="../report/mass_limits.rst",
            labels={"figure": "limits and errors"},
        ),
        "<results>/figures/parametric/mass_limits.pdf",
    log:
        "<logs>/plot_mass_limits/all.log",
    benchmark:
        "<benchmarks>/plot_mass_limits/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot_mass_limits),
        **code("plot_mass_limits"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_mass_limits.py --settings {params.settings:q} --results {input.results:q} "
        "--limits {input.limits:q} --output-folder {params.folder:q} > {log:q} 2>&1"


rule scan_parameter:
    """Score a fixed set of events at many values of the parameter: does the score move smoothly?"""
    input:
        events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES),
        models=expand("<results>/classifiers/{{variant}}/seed{{seed}}/fold{fold}/model.safetensors", fold=FOLDS),
    output:
        "<results>/parametric/{variant}/seed{seed}/parameter_scan.json",
    log:
        "<logs>/scan_parameter/{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/scan_parameter/{variant}_{seed}.tsv"
    wildcard_constraints:
        variant="|".join(SCANNED_IN_PARAMETER) or "(?!)",
    conda:
        "../../envs/analysis.yaml"
    resources:
        **on_gpu(memory=(900, 4), minutes=(15, 0.1)),
    params:
        **settings(stages.scan_parameter, "variant"),
        **code("scan_parameter", "variant", chosen=architecture_modules),
    shell:
        "python scripts/scan_parameter.py --settings {params.settings:q} --seed {wildcards.seed} "
        "--events {input.events:q} --models {input.models:q} --output {output:q} > {log:q} 2>&1"


rule plot_parameter_scan:
    """Draw the score of a fixed set of events against the parameter."""
    input:
        "<results>/parametric/{variant}/seed{seed}/parameter_scan.json",
    output:
        report(
            "<results>/figures/parametric/{variant}/seed{seed}/parameter_scan.png",
            category="7 Parametric networks",
            subcategory="{variant}",
            caption="../report/parameter_scan.rst",
            labels={"figure": "parameter scan", "seed": "{seed}"},
        ),
        "<results>/figures/parametric/{variant}/seed{seed}/parameter_scan.pdf",
    log:
        "<logs>/plot_parameter_scan/{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/plot_parameter_scan/{variant}_{seed}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_parameter_scan"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_parameter_scan.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--seed {wildcards.seed} --scan {input:q} --output-folder {params.folder:q} > {log:q} 2>&1"


rule plot_batches:
    """Draw what a batch contains: events and weights of each process, and the parameters of background events."""
    input:
        batch_histories(),
    output:
        report(
            "<results>/figures/parametric/batches.png",
            category="7 Parametric networks",
            caption="../report/batches.rst",
            labels={"figure": "batches"},
        ),
        "<results>/figures/parametric/batches.pdf",
    log:
        "<logs>/plot_batches/all.log",
    benchmark:
        "<benchmarks>/plot_batches/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_batches"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_batches.py --settings {params.settings:q} --histories {input:q} "
        "--output-folder {params.folder:q} > {log:q} 2>&1"
