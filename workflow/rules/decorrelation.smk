"""Which way to make a score independent of the mass? All of them, each in several simulations (target `decorrelation`).

needs   results/{analysis}_seed{seed}/{classifiers,sculpting,fit}/{variant}/...   for every seed of the simulation
makes   results/{analysis}/decorrelation/comparison.json       all variants side by side, frontier, recommendation
        results/{analysis}/decorrelation/comparison.tsv        the table to read
        results/{analysis}/decorrelation/training_times.json   CPU seconds of each
        results/{analysis}/figures/decorrelation/...
"""


include: "../inputs/decorrelation.smk"


rule compare_decorrelation:
    """Put all decorrelated scores side by side over several simulations, and say which one the numbers support."""
    input:
        decorrelation_inputs,
    output:
        comparison="<results>/decorrelation/comparison.json",
        table="<results>/decorrelation/comparison.tsv",
        times="<results>/decorrelation/training_times.json",
    log:
        "<logs>/compare_decorrelation/all.log",
    benchmark:
        "<benchmarks>/compare_decorrelation/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(5),
    params:
        **settings(stages.compare_decorrelation),
        **code("compare_decorrelation"),
        folders=replica_folders,
    shell:
        "python scripts/compare_decorrelation.py --settings {params.settings:q} --replicas {params.folders:q} "
        "--output {output.comparison:q} --table {output.table:q} --times {output.times:q} > {log:q} 2>&1"


rule plot_decorrelation:
    """Draw the comparison of all decorrelated scores."""
    input:
        comparison="<results>/decorrelation/comparison.json",
        times="<results>/decorrelation/training_times.json",
    output:
        [
            report(
                f"<results>/figures/decorrelation/{figure}.png",
                category="6 Decorrelation",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure.replace("_", " ")},
            )
            for figure in DECORRELATION_FIGURES
        ],
        expand("<results>/figures/decorrelation/{figure}.pdf", figure=DECORRELATION_FIGURES),
    log:
        "<logs>/plot_decorrelation/all.log",
    benchmark:
        "<benchmarks>/plot_decorrelation/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_decorrelation"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_decorrelation.py --settings {params.settings:q} --comparison {input.comparison:q} "
        "--times {input.times:q} --output-folder {params.folder:q} > {log:q} 2>&1"
