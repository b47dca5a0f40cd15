"""Is a score still independent of the mass where the background is not the simulated one (target `mismodelling`)?

needs   results/{analysis}/ntuples/{sample}/{shift}.arrow and combined scores of the compared variants, nominal and shifted
makes   results/{analysis}/mismodelling/result.json     sculpting of nominal and changed backgrounds, all variants
        results/{analysis}/figures/mismodelling/...
"""


include: "../inputs/mismodelling.smk"


rule study_mismodelling:
    """Repeat the sculpting check with signal in the background, reweighted and shifted; nothing is trained or mapped again."""
    input:
        events=mismodelling_stores("<results>/ntuples/{sample}/{shift}.arrow"),
        scores=mismodelling_stores("<results>/scores/{variant}/combined/{sample}/{shift}.arrow"),
    output:
        "<results>/mismodelling/result.json",
    log:
        "<logs>/study_mismodelling/all.log",
    benchmark:
        "<benchmarks>/study_mismodelling/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 4),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.study_mismodelling),
        **code("study_mismodelling"),
    shell:
        "python scripts/study_mismodelling.py --settings {params.settings:q} --events {input.events:q} "
        "--scores {input.scores:q} --output {output:q} > {log:q} 2>&1"


rule plot_mismodelling:
    """Draw the sculpting of nominal and changed backgrounds, all variants side by side."""
    input:
        "<results>/mismodelling/result.json",
    output:
        [
            report(
                f"<results>/figures/mismodelling/{figure}.png",
                category="3 Sculpting",
                subcategory="mismodelling",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure},
            )
            for figure in MISMODELLING_FIGURES
        ],
        expand("<results>/figures/mismodelling/{figure}.pdf", figure=MISMODELLING_FIGURES),
    log:
        "<logs>/plot_mismodelling/all.log",
    benchmark:
        "<benchmarks>/plot_mismodelling/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_mismodelling"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_mismodelling.py --settings {params.settings:q} --mismodelling {input:q} "
        "--output-folder {params.folder:q} > {log:q} 2>&1"
