"""Optimism: what classifiers gain because their scores know signs of the events that judge them (target `optimism`).

needs   results/{analysis}_seed{seed}/ntuples/{sample}/{nominal,truth}.arrow and scores, for every seed of the simulation
makes   results/{analysis}_seed{seed}/optimism/{variant}.json    actual signs against redrawn ones in one simulation
        results/{analysis}/optimism/combined/{variant}.json      mean over the simulations, its error, and a grade
"""


include: "../inputs/optimism.smk"


rule measure_optimism:
    """Redraw the signs of the events from their truth under fixed scores, and compare the actual signs with them."""
    input:
        events=stores("<results>/ntuples/{sample}/{shift}.arrow", judged_samples()),
        truth=expand("<results>/ntuples/{sample}/truth.arrow", sample=judged_samples()),
        scores=combined_scores(judged_samples()),
        reference=reference_scores,
    output:
        "<results>/optimism/{variant}.json",
    log:
        "<logs>/measure_optimism/{variant}.log",
    benchmark:
        "<benchmarks>/measure_optimism/{variant}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(15, 0.2),
    params:
        **settings(stages.measure_optimism, "variant"),
        **code("measure_optimism"),
    shell:
        "python scripts/measure_optimism.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--events {input.events:q} --truth {input.truth:q} --scores {input.scores:q} --reference {input.reference:q} "
        "--output {output:q} > {log:q} 2>&1"


rule combine_optimism:
    """Average the optimism over the simulations and hold it against zero and against the AUC's own error."""
    input:
        simulations,
    output:
        "<results>/optimism/combined/{variant}.json",
    log:
        "<logs>/combine_optimism/{variant}.log",
    benchmark:
        "<benchmarks>/combine_optimism/{variant}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(5),
    params:
        **settings(stages.combine_optimism),
        **code("combine_optimism"),
    shell:
        "python scripts/combine_optimism.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--measured {input:q} --output {output:q} > {log:q} 2>&1"
