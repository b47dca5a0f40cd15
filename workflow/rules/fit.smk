"""The two-dimensional fit of the signal strength, to Asimov data and, where the configuration asks, to observed ones.

needs   results/{analysis}/ntuples/{sample}/{shift}.arrow and the combined scores of a variant
        results/{analysis}/scale_factors/result.json and templates/control.root, where there are control regions
makes   results/{analysis}/fit/{variant}/{binning}/templates.root                  mass x score, per process
        results/{analysis}/fit/{variant}/{binning}/{treatment}/result.json         signal strength, interval, scan
        results/{analysis}/fit/{variant}/{binning}/{treatment}/workspace.json      the same model for pyhf
        results/{analysis}/fit/{variant}/{binning}/{treatment}/limits.json         upper limit with bands
        results/{analysis}/fit/{variant}/{binning}/{treatment}/impacts/...         one file per group of parameters
        results/{analysis}/fit/{variant}/{binning}/{treatment}/distributions.json  before and after the fit
        results/{analysis}/fit/{variant}/{binning}/{treatment}/exports/{format}/   combine, hepdata or covariance
        results/{analysis}/fit/{variant}/{binning}/{treatment}/toys.json           pseudo-experiments (target `toys`)
        results/{analysis}/figures/fit/{variant}/{binning}/...
"""


include: "../inputs/fit.smk"


rule fill_templates:
    """Fill the mass x score templates of the signal region: every process, nominal and shifted, signed weights; and the data."""
    input:
        events=stores("<results>/ntuples/{sample}/{shift}.arrow", (*SAMPLES, *OBSERVED), FITTED_SHIFTS),
        scores=combined_scores((*SAMPLES, *OBSERVED), FITTED_SHIFTS),
    output:
        "<results>/fit/{variant}/{binning}/templates.root",
    log:
        "<logs>/fill_templates/{variant}_{binning}.log",
    benchmark:
        "<benchmarks>/fill_templates/{variant}_{binning}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.fill_templates, "variant", "binning"),
        **code("fill_templates"),
    shell:
        "python scripts/fill_templates.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--binning {wildcards.binning} --events {input.events:q} "
        "--scores {input.scores:q} --output {output:q} > {log:q} 2>&1"


rule fit_signal_strength:
    """Fit the signal strength to Asimov data or observed ones, with the scale factors fixed, constrained or fitted along."""
    input:
        **control_inputs(),
        templates="<results>/fit/{variant}/{binning}/templates.root",
    output:
        result="<results>/fit/{variant}/{binning}/{treatment}/result.json",
        workspace="<results>/fit/{variant}/{binning}/{treatment}/workspace.json",
    log:
        "<logs>/fit_signal_strength/{variant}_{binning}_{treatment}.log",
    benchmark:
        "<benchmarks>/fit_signal_strength/{variant}_{binning}_{treatment}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(600),
        runtime=by_size(15),
    params:
        **settings(stages.fit_signal_strength, "treatment"),
        **code("fit_signal_strength"),
        control=control_arguments,
    shell:
        "python scripts/fit_signal_strength.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--binning {wildcards.binning} --templates {input.templates:q} "
        "{params.control} --result {output.result:q} --workspace {output.workspace:q} > {log:q} 2>&1"


rule export_fit:
    """Write a fit for other programs: a Combine datacard, HEPData tables or the covariance of its parameters."""
    input:
        result="<results>/fit/{variant}/{binning}/{treatment}/result.json",
        workspace="<results>/fit/{variant}/{binning}/{treatment}/workspace.json",
    output:
        directory("<results>/fit/{variant}/{binning}/{treatment}/exports/{format}"),
    log:
        "<logs>/export_fit/{variant}_{binning}_{treatment}_{format}.log",
    benchmark:
        "<benchmarks>/export_fit/{variant}_{binning}_{treatment}_{format}.tsv"
    wildcard_constraints:
        format="|".join(EXPORT_FORMATS),
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(600),
        runtime=by_size(15),
    params:
        **code("export_fit"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/export_fit.py --workspace {input.workspace:q} --result {input.result:q} "
        "--formats {wildcards.format} --output-folder {params.folder:q} > {log:q} 2>&1"


rule compute_limits:
    """Compute the expected upper limit on the signal strength with its bands, and the observed one."""
    input:
        **control_inputs(),
        templates="<results>/fit/{variant}/{binning}/templates.root",
    output:
        "<results>/fit/{variant}/{binning}/{treatment}/limits.json",
    log:
        "<logs>/compute_limits/{variant}_{binning}_{treatment}.log",
    benchmark:
        "<benchmarks>/compute_limits/{variant}_{binning}_{treatment}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(600),
        runtime=by_size(15),
    params:
        **settings(stages.compute_limits, "treatment"),
        **code("compute_limits"),
        control=control_arguments,
    shell:
        "python scripts/compute_limits.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--binning {wildcards.binning} --templates {input.templates:q} "
        "{params.control} --output {output:q} > {log:q} 2>&1"


rule compute_impacts:
    """Compute the impacts of one group of parameters on the signal strength, with pulls and constraints."""
    input:
        **control_inputs(),
        templates="<results>/fit/{variant}/{binning}/templates.root",
    output:
        "<results>/fit/{variant}/{binning}/{treatment}/impacts/{group}.json",
    log:
        "<logs>/compute_impacts/{variant}_{binning}_{treatment}_{group}.log",
    benchmark:
        "<benchmarks>/compute_impacts/{variant}_{binning}_{treatment}_{group}.tsv"
    wildcard_constraints:
        group="|".join(FIT_GROUPS) or "none",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(600),
        runtime=by_size(30),
    params:
        **settings(stages.compute_impacts, "treatment"),
        **code("compute_impacts"),
        control=control_arguments,
    shell:
        "python scripts/compute_impacts.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--binning {wildcards.binning} --group {wildcards.group} --templates {input.templates:q} "
        "{params.control} --output {output:q} > {log:q} 2>&1"


rule compute_distributions:
    """Compute yields and distributions of all processes before and after the fit, with errors."""
    input:
        **control_inputs(),
        templates="<results>/fit/{variant}/{binning}/templates.root",
    output:
        "<results>/fit/{variant}/{binning}/{treatment}/distributions.json",
    log:
        "<logs>/compute_distributions/{variant}_{binning}_{treatment}.log",
    benchmark:
        "<benchmarks>/compute_distributions/{variant}_{binning}_{treatment}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(600),
        runtime=by_size(15),
    params:
        **settings(stages.compute_distributions, "treatment"),
        **code("compute_distributions"),
        control=control_arguments,
    shell:
        "python scripts/compute_distributions.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--binning {wildcards.binning} --templates {input.templates:q} "
        "{params.control} --output {output:q} > {log:q} 2>&1"


rule study_toys:
    """Repeat the fit on pseudo-experiments: do its intervals hold the truth, and are asymptotic limits right?"""
    input:
        **control_inputs(),
        templates="<results>/fit/{variant}/{binning}/templates.root",
    output:
        "<results>/fit/{variant}/{binning}/{treatment}/toys.json",
    log:
        "<logs>/study_toys/{variant}_{binning}_{treatment}.log",
    benchmark:
        "<benchmarks>/study_toys/{variant}_{binning}_{treatment}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(600),
        runtime=by_size(120),
    params:
        **settings(stages.study_toys, "treatment"),
        **code("study_toys"),
        control=control_arguments,
    shell:
        "python scripts/study_toys.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--binning {wildcards.binning} --templates {input.templates:q} "
        "{params.control} --output {output:q} > {log:q} 2>&1"


rule plot_toys:
    """Draw coverage and bias of the intervals, and CLs by pseudo-experiments beside the asymptotic one."""
    input:
        "<results>/fit/{variant}/{binning}/{treatment}/toys.json",
    output:
        report(
            "<results>/figures/fit/{variant}/{binning}/{treatment}/toys.png",
            category="5 Signal strength",
            subcategory="{variant}",
            caption="../report/toys.rst",
            labels={"figure": "toys", "binning": "{binning}"},
        ),
        "<results>/figures/fit/{variant}/{binning}/{treatment}/toys.pdf",
    log:
        "<logs>/plot_toys/{variant}_{binning}_{treatment}.log",
    benchmark:
        "<benchmarks>/plot_toys/{variant}_{binning}_{treatment}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_toys"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_toys.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--binning {wildcards.binning} --treatment {wildcards.treatment} --toys {input:q} "
        "--output-folder {params.folder:q} > {log:q} 2>&1"


rule plot_fit_details:
    """Draw upper limits, impacts with pulls, correlations of the parameters, and the region before and after the fit."""
    input:
        results=detail_files,
    output:
        [
            report(
                f"<results>/figures/fit/{{variant}}/{{binning}}/{figure}.png",
                category="5 Signal strength",
                subcategory="{variant}",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure.replace("_", " "), "binning": "{binning}"},
            )
            for figure in DETAIL_FIGURES
        ],
        expand("<results>/figures/fit/{{variant}}/{{binning}}/{figure}.pdf", figure=DETAIL_FIGURES),
    log:
        "<logs>/plot_fit_details/{variant}_{binning}.log",
    benchmark:
        "<benchmarks>/plot_fit_details/{variant}_{binning}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(800),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_fit_details"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_fit_details.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--binning {wildcards.binning} --results {input.results:q} --output-folder {params.folder:q} > {log:q} 2>&1"


rule plot_fit:
    """Draw the templates per process and the profile-likelihood scans of all treatments."""
    input:
        templates="<results>/fit/{variant}/{binning}/templates.root",
        results=expand(
            "<results>/fit/{{variant}}/{{binning}}/{treatment}/result.json",
            treatment=ANALYSIS.fit.treatments if ANALYSIS.fit else [],
        ),
    output:
        [
            report(
                f"<results>/figures/fit/{{variant}}/{{binning}}/{figure}.png",
                category="5 Signal strength",
                subcategory="{variant}",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure.replace("_", " "), "binning": "{binning}"},
            )
            for figure in FIT_FIGURES
        ],
        expand("<results>/figures/fit/{{variant}}/{{binning}}/{figure}.pdf", figure=FIT_FIGURES),
    log:
        "<logs>/plot_fit/{variant}_{binning}.log",
    benchmark:
        "<benchmarks>/plot_fit/{variant}_{binning}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(800),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_fit"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_fit.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--binning {wildcards.binning} "
        "--templates {input.templates:q} --results {input.results:q} --output-folder {params.folder:q} > {log:q} 2>&1"
