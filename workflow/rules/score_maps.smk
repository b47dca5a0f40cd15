"""Score maps: a classifier's score made independent of spectators, F(s | m) of the signed background.

needs   results/{analysis}/ntuples/{sample}/{shift}.arrow
        results/{analysis}/scores/{classifier}/combined/{sample}/{shift}.arrow   of the classifier that is mapped
makes   results/{analysis}/score_maps/{variant}/map.arrow, map.json              tables, and what determines them
        results/{analysis}/scores/{variant}/combined/{sample}/{shift}.arrow      mapped scores
        results/{analysis}/figures/classifiers/{variant}/{roc,score,score_map}.png
"""


include: "../inputs/score_maps.smk"


rule fit_score_map:
    """Fit the background's conditional distribution function of the score, for each half of a fold on the other half."""
    input:
        events=mapped_background("<results>/ntuples/{sample}/{shift}.arrow"),
        scores=mapped_background("<results>/scores/{scores_of}/combined/{sample}/{shift}.arrow"),
    output:
        map="<results>/score_maps/{variant}/map.arrow",
        report="<results>/score_maps/{variant}/map.json",
    log:
        "<logs>/fit_score_map/{variant}.log",
    benchmark:
        "<benchmarks>/fit_score_map/{variant}.tsv"
    wildcard_constraints:
        variant=FITTED_SCORE_MAPS,
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(500, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.fit_score_map, "variant"),
        **code("fit_score_map"),
    shell:
        "python scripts/fit_score_map.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--events {input.events:q} --scores {input.scores:q} --map {output.map:q} --report {output.report:q} "
        "> {log:q} 2>&1"


rule map_scores:
    """Map the scores of all samples by the map of their fold and half."""
    input:
        events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES),
        scores=unmapped_scores(),
        map=map_of_scores,
    output:
        expand("<results>/scores/{{variant}}/combined/{sample}/nominal.arrow", sample=SAMPLES),
    log:
        "<logs>/map_scores/{variant}.log",
    benchmark:
        "<benchmarks>/map_scores/{variant}.tsv"
    wildcard_constraints:
        variant=SCORE_MAPS,
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(500, 4),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.map_scores, "variant"),
        **code("map_scores"),
        folder=subpath(output[0], ancestor=2),
    shell:
        "python scripts/map_scores.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--map {input.map:q} --events {input.events:q} --scores {input.scores:q} --output-folder {params.folder:q} "
        "> {log:q} 2>&1"


if SHIFTED:

    use rule map_scores as map_shifts with:
        input:
            events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES, SHIFTED),
            scores=unmapped_scores(SHIFTED),
            map=map_of_scores,
        output:
            expand("<results>/scores/{{variant}}/combined/{sample}/{shift}.arrow", sample=SAMPLES, shift=SHIFTED),
        log:
            "<logs>/map_scores/{variant}_shifts.log",
        benchmark:
            "<benchmarks>/map_scores/{variant}_shifts.tsv"


if SCORED_DATA:

    use rule map_scores as map_data with:
        input:
            events=stores("<results>/ntuples/{sample}/{shift}.arrow", SCORED_DATA),
            scores=unmapped_scores(samples=SCORED_DATA),
            map=map_of_scores,
        output:
            expand("<results>/scores/{{variant}}/combined/{sample}/nominal.arrow", sample=SCORED_DATA),
        log:
            "<logs>/map_data/{variant}.log",
        benchmark:
            "<benchmarks>/map_data/{variant}.tsv"
        wildcard_constraints:
            variant=ALL_SCORE_MAPS,


rule plot_score_map:
    """Draw the lines of equal mapped score, of each fold and half."""
    input:
        "<results>/score_maps/{variant}/map.json",
    output:
        report(
            "<results>/figures/classifiers/{variant}/score_map.png",
            category="2 Classifiers",
            subcategory="{variant}",
            caption="../report/score_map.rst",
            labels={"figure": "score map"},
        ),
        "<results>/figures/classifiers/{variant}/score_map.pdf",
    log:
        "<logs>/plot_score_map/{variant}.log",
    benchmark:
        "<benchmarks>/plot_score_map/{variant}.tsv"
    wildcard_constraints:
        variant=FITTED_SCORE_MAPS,
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_score_map"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_score_map.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--map-report {input:q} --output-folder {params.folder:q} > {log:q} 2>&1"


use rule plot_classifier as plot_mapped_score with:
    input:
        performance="<results>/classifiers/{variant}/performance.json",
        histories=[],
    output:
        [
            report(
                f"<results>/figures/classifiers/{{variant}}/{figure}.png",
                category="2 Classifiers",
                subcategory="{variant}",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure},
            )
            for figure in MAPPED_SCORE_FIGURES
        ],
        expand("<results>/figures/classifiers/{{variant}}/{figure}.pdf", figure=MAPPED_SCORE_FIGURES),
    log:
        "<logs>/plot_classifier/{variant}.log",
    benchmark:
        "<benchmarks>/plot_classifier/{variant}.tsv"
    wildcard_constraints:
        variant=SCORE_MAPS,
