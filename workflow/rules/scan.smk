"""A scan: one classifier with other values for some of its settings, each point trained, judged and fitted.

needs   the same as the classifier; its points are judged by check_classifier, check_sculpting and fit_signal_strength
makes   results/{analysis}/classifiers/{point}/..., sculpting/{point}/... and fit/{point}/..., scores only for a while
        results/{analysis}/scan/summary.json        settings and results of every point, frontier, the best
        results/{analysis}/scan/table.tsv           the same to read, the best first
        results/{analysis}/scan/times.json          CPU seconds of every point
        results/{analysis}/figures/scan/...
"""


include: "../inputs/scan.smk"


if POINTS:

    # A job for all networks of a point: fixed groups of points would train old ones again when the grid is extended.
    # Clusters put whole points into a job, or several (groups in workflow/profiles/).
    rule:
        name:
            "train_classifiers_scan"
        input:
            events=point_training_inputs("events"),
            weights=point_training_inputs("weights"),
            checkpoints=point_training_inputs("checkpoints"),
        output:
            models=point_networks("model.safetensors"),
            histories=point_networks("history.json"),
        log:
            "<logs>/train_classifiers/{variant}.log",
        benchmark:
            "<benchmarks>/train_classifiers/{variant}.tsv"
        wildcard_constraints:
            variant="|".join(POINTS),
        # What a point needs comes before the next point, so that few scores lie on the disk at a time.
        priority: -2
        conda:
            "../../envs/analysis.yaml"
        resources:
            **on_gpu(
                memory=(900, 8),
                minutes=(20 * len(POINT_SEEDS) * len(FOLDS), 0.5 * len(POINT_SEEDS) * len(FOLDS)),
            ),
        params:
            **settings(stages.train_classifier, "variant"),
            **code("train_classifiers"),
            members=point_members(stages.train_classifier, FOLDS),
            folder=subpath(output[0], ancestor=4),
        shell:
            "python scripts/train_classifiers.py --trainings {params.members:q} --events {input.events:q} "
            "--weights {input.weights:q} --checkpoints {input.checkpoints:q} --output-folder {params.folder:q} "
            "> {log:q} 2>&1"

    rule:
        name:
            "score_classifiers_scan"
        input:
            events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES, POINT_SHIFTS),
            models=point_networks("model.safetensors"),
        output:
            # Hundreds of points would fill the disk.
            temp(point_scores(f"seed{seed}" for seed in POINT_SEEDS)),
        log:
            "<logs>/score_classifiers/{variant}.log",
        benchmark:
            "<benchmarks>/score_classifiers/{variant}.tsv"
        wildcard_constraints:
            variant="|".join(POINTS),
        priority: -1
        conda:
            "../../envs/analysis.yaml"
        resources:
            **on_gpu(memory=(900, 4), minutes=(15, 0.1)),
        params:
            **settings(stages.score_events, "variant"),
            **code("score_classifiers", "variant", chosen=architecture_modules),
            members=point_members(stages.score_events),
            folder=subpath(output[0], ancestor=4),
        shell:
            "python scripts/score_classifiers.py --scorings {params.members:q} --events {input.events:q} "
            "--models {input.models:q} --output-folder {params.folder:q} > {log:q} 2>&1"

    rule:
        name:
            "combine_scores_scan"
        input:
            point_scores(f"seed{seed}" for seed in POINT_SEEDS),
        output:
            temp(point_scores(["combined"])),
        log:
            "<logs>/combine_scores/{variant}.log",
        benchmark:
            "<benchmarks>/combine_scores/{variant}.tsv"
        wildcard_constraints:
            variant="|".join(POINTS),
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=by_size(400, 8),
            runtime=by_size(10, 0.1),
        params:
            **code("combine_scores"),
            folder=subpath(output[0], ancestor=4),
        shell:
            "python scripts/combine_scores.py --scores {input:q} --output-folder {params.folder:q} > {log:q} 2>&1"


if MAPPED_POINTS:

    rule:
        name:
            "map_scores_scan"
        input:
            events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES, POINT_SHIFTS),
            scores=unmapped_scores(POINT_SHIFTS),
            map=map_of_scores,
        output:
            temp(point_scores(["combined"])),
        log:
            "<logs>/map_scores/{variant}.log",
        benchmark:
            "<benchmarks>/map_scores/{variant}.tsv"
        wildcard_constraints:
            variant="|".join(MAPPED_POINTS),
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
            "--map {input.map:q} --events {input.events:q} --scores {input.scores:q} "
            "--output-folder {params.folder:q} > {log:q} 2>&1"


rule summarise_scan:
    """Put all points side by side: settings, performance, sculpting and fit; mark the frontier and the best."""
    input:
        point_results(),
    output:
        summary="<results>/scan/summary.json",
        table="<results>/scan/table.tsv",
        times="<results>/scan/times.json",
    log:
        "<logs>/summarise_scan/all.log",
    benchmark:
        "<benchmarks>/summarise_scan/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.summarise_scan),
        **code("summarise_scan"),
        folder=results_folder,
    shell:
        "python scripts/summarise_scan.py --settings {params.settings:q} --results-folder {params.folder:q} "
        "--output {output.summary:q} --table {output.table:q} --times {output.times:q} > {log:q} 2>&1"


rule plot_scan:
    """Draw maps of every pair of scanned settings, each setting alone, and the frontier."""
    input:
        "<results>/scan/summary.json",
    output:
        [
            report(
                f"<results>/figures/scan/{figure}.png",
                category="8 Scan",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure.replace("_", " ")},
            )
            for figure in DRAWN_OF_SCAN
        ],
        expand("<results>/figures/scan/{figure}.pdf", figure=DRAWN_OF_SCAN),
    log:
        "<logs>/plot_scan/all.log",
    benchmark:
        "<benchmarks>/plot_scan/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_scan"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_scan.py --settings {params.settings:q} --summary {input:q} "
        "--output-folder {params.folder:q} > {log:q} 2>&1"
