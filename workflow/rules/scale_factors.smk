"""Scale factors from control regions.

needs   results/{analysis}/ntuples/{sample}/{shift}.arrow, with data
makes   results/{analysis}/templates/control.root        control-region templates with data
        results/{analysis}/scale_factors/result.json     factors, covariance, yields before and after
        results/{analysis}/scale_factors/pulls.json      pseudo-experiments (target `pulls`)
        results/{analysis}/figures/scale_factors/...
"""


include: "../inputs/scale_factors.smk"


rule fill_control_templates:
    """Fill the control regions' templates: every process, nominal and shifted, signed weights; and the data."""
    input:
        stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES_AND_DATA, FITTED_SHIFTS),
    output:
        "<results>/templates/control.root",
    log:
        "<logs>/fill_control_templates/all.log",
    benchmark:
        "<benchmarks>/fill_control_templates/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.fill_control_templates),
        **code("fill_control_templates"),
    shell:
        "python scripts/fill_control_templates.py --settings {params.settings:q} --events {input:q} "
        "--output {output:q} > {log:q} 2>&1"


rule fit_scale_factors:
    """Fit all scale factors together in the control regions; uncertainties from a likelihood rise of one half."""
    input:
        "<results>/templates/control.root",
    output:
        "<results>/scale_factors/result.json",
    log:
        "<logs>/fit_scale_factors/all.log",
    benchmark:
        "<benchmarks>/fit_scale_factors/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(15),
    params:
        **settings(stages.fit_scale_factors),
        **code("fit_scale_factors"),
    shell:
        "python scripts/fit_scale_factors.py --settings {params.settings:q} --templates {input:q} "
        "--output {output:q} > {log:q} 2>&1"


rule study_pulls:
    """Repeat the scale-factor fit on pseudo-experiments: are the factors unbiased and their uncertainties right?"""
    input:
        "<results>/templates/control.root",
    output:
        "<results>/scale_factors/pulls.json",
    log:
        "<logs>/study_pulls/all.log",
    benchmark:
        "<benchmarks>/study_pulls/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(30),
    params:
        **settings(stages.study_pulls),
        **code("study_pulls"),
    shell:
        "python scripts/study_pulls.py --settings {params.settings:q} --templates {input:q} "
        "--output {output:q} > {log:q} 2>&1"


rule plot_scale_factors:
    """Draw the control regions before and after the scale factors with data, and the factors themselves."""
    input:
        templates="<results>/templates/control.root",
        scale_factors="<results>/scale_factors/result.json",
    output:
        [
            report(
                f"<results>/figures/scale_factors/{figure}.png",
                category="4 Scale factors",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure.replace("_", " ")},
            )
            for figure in SCALE_FACTOR_FIGURES
        ],
        expand("<results>/figures/scale_factors/{figure}.pdf", figure=SCALE_FACTOR_FIGURES),
    log:
        "<logs>/plot_scale_factors/all.log",
    benchmark:
        "<benchmarks>/plot_scale_factors/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(600),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_scale_factors"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_scale_factors.py --settings {params.settings:q} --templates {input.templates:q} "
        "--scale-factors {input.scale_factors:q} --output-folder {params.folder:q} > {log:q} 2>&1"


rule plot_pulls:
    """Draw the pulls of the scale factors over the pseudo-experiments."""
    input:
        "<results>/scale_factors/pulls.json",
    output:
        report(
            "<results>/figures/scale_factors/pulls.png",
            category="4 Scale factors",
            caption="../report/pulls.rst",
            labels={"figure": "pulls"},
        ),
        "<results>/figures/scale_factors/pulls.pdf",
    log:
        "<logs>/plot_pulls/all.log",
    benchmark:
        "<benchmarks>/plot_pulls/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_pulls"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_pulls.py --settings {params.settings:q} --pulls {input:q} "
        "--output-folder {params.folder:q} > {log:q} 2>&1"
