"""Contours of two signal strengths, for each pair of an analysis that has several.

needs   results/{analysis}/fit/{variant}/{binning}/templates.root
        results/{analysis}/scale_factors/result.json and templates/control.root, where there are control regions
makes   results/{analysis}/fit/{variant}/{binning}/{treatment}/contours/{first}__{second}.json
        results/{analysis}/figures/fit/{variant}/{binning}/{treatment}/contour_{first}__{second}.png
"""


rule compute_contour:
    """Compute the 68 and 95 % contours of two signal strengths, with the best fit and the standard model."""
    input:
        **control_inputs(),
        templates="<results>/fit/{variant}/{binning}/templates.root",
    output:
        "<results>/fit/{variant}/{binning}/{treatment}/contours/{pair}.json",
    log:
        "<logs>/compute_contour/{variant}_{binning}_{treatment}_{pair}.log",
    benchmark:
        "<benchmarks>/compute_contour/{variant}_{binning}_{treatment}_{pair}.tsv"
    wildcard_constraints:
        pair="|".join(STRENGTH_PAIRS) or "none",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(600),
        runtime=by_size(30),
    params:
        **settings(stages.compute_contour, "treatment"),
        **code("compute_contour"),
        control=control_arguments,
        strengths=strengths_of_pair,
    shell:
        "python scripts/compute_contour.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--binning {wildcards.binning} --strengths {params.strengths} --templates {input.templates:q} "
        "{params.control} --output {output:q} > {log:q} 2>&1"


rule plot_contour:
    """Draw the contours of two signal strengths with the best fit and the standard model."""
    input:
        "<results>/fit/{variant}/{binning}/{treatment}/contours/{pair}.json",
    output:
        report(
            "<results>/figures/fit/{variant}/{binning}/{treatment}/contour_{pair}.png",
            category="5 Signal strength",
            subcategory="{variant}",
            caption="../report/contour.rst",
            labels={"figure": "contour {pair}", "binning": "{binning}"},
        ),
        "<results>/figures/fit/{variant}/{binning}/{treatment}/contour_{pair}.pdf",
    log:
        "<logs>/plot_contour/{variant}_{binning}_{treatment}_{pair}.log",
    benchmark:
        "<benchmarks>/plot_contour/{variant}_{binning}_{treatment}_{pair}.tsv"
    wildcard_constraints:
        pair="|".join(STRENGTH_PAIRS) or "none",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_contour"),
        folder=subpath(output[0], parent=True),
        strengths=strengths_of_pair,
    shell:
        "python scripts/plot_contour.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--binning {wildcards.binning} --treatment {wildcards.treatment} --strengths {params.strengths} "
        "--contour {input:q} --output-folder {params.folder:q} > {log:q} 2>&1"
