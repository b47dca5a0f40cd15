"""Classifiers: trained on training weights, judged on signed ones.

needs   results/{analysis}/ntuples/{sample}/{shift}.arrow
        results/{analysis}/weights/{strategy}/{sample}/without_fold{fold}.arrow   of the variant's strategy
makes   results/{analysis}/classifiers/{variant}/seed{seed}/fold{fold}/model.safetensors
        results/{analysis}/scores/{variant}/seed{seed}/{sample}/{shift}.arrow   every event by the other fold's network
        results/{analysis}/scores/{variant}/combined/{sample}/{shift}.arrow     mean of the seeds
        results/{analysis}/classifiers/{variant}/performance.json               ROC, AUC, significance (signed weights)
        results/{analysis}/classifiers/comparison.json                          paired differences, of several variants
        results/{analysis}/figures/classifiers/{variant}/...
        results/{analysis}/figures/classifiers/roc_comparison.png
"""


include: "../inputs/classifiers.smk"
include: "../inputs/groups.smk"


rule train_classifier:
    """Train a variant on all folds but one."""
    input:
        events=training_inputs("events"),
        weights=training_inputs("weights"),
        checkpoints=training_inputs("checkpoints"),
    output:
        model="<results>/classifiers/{variant}/seed{seed}/fold{fold}/model.safetensors",
        history="<results>/classifiers/{variant}/seed{seed}/fold{fold}/history.json",
    log:
        "<logs>/train_classifier/{variant}_{seed}_{fold}.log",
    benchmark:
        "<benchmarks>/train_classifier/{variant}_{seed}_{fold}.tsv"
    wildcard_constraints:
        variant=variants_alone(TRAINING_GROUPS),
    conda:
        "../../envs/analysis.yaml"
    resources:
        **on_gpu(memory=(900, 8), minutes=(20, 0.5)),
    params:
        **settings(stages.train_classifier, "variant"),
        **code("train_classifier"),
    shell:
        "python scripts/train_classifier.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--seed {wildcards.seed} --fold {wildcards.fold} --events {input.events:q} --weights {input.weights:q} "
        "--checkpoints {input.checkpoints:q} --model {output.model:q} --history {output.history:q} > {log:q} 2>&1"


rule score_events:
    """Score every event of all samples by the network that was not trained on its fold."""
    input:
        events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES),
        models=expand("<results>/classifiers/{{variant}}/seed{{seed}}/fold{fold}/model.safetensors", fold=FOLDS),
    output:
        expand("<results>/scores/{{variant}}/seed{{seed}}/{sample}/nominal.arrow", sample=SAMPLES),
    log:
        "<logs>/score_events/{variant}_{seed}.log",
    benchmark:
        "<benchmarks>/score_events/{variant}_{seed}.tsv"
    wildcard_constraints:
        variant=variants_alone(SCORING_GROUPS),
    conda:
        "../../envs/analysis.yaml"
    resources:
        **on_gpu(memory=(900, 4), minutes=(15, 0.1)),
    params:
        **settings(stages.score_events, "variant"),
        **code("score_events", "variant", chosen=architecture_modules),
        folder=subpath(output[0], ancestor=2),
    shell:
        "python scripts/score_events.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--seed {wildcards.seed} --events {input.events:q} --models {input.models:q} "
        " --output-folder {params.folder:q} > {log:q} 2>&1"


rule combine_scores:
    """Average the scores of a variant's seeds, event by event."""
    input:
        seed_scores(SAMPLES),
    output:
        expand("<results>/scores/{{variant}}/combined/{sample}/nominal.arrow", sample=SAMPLES),
    log:
        "<logs>/combine_scores/{variant}.log",
    benchmark:
        "<benchmarks>/combine_scores/{variant}.tsv"
    wildcard_constraints:
        variant=variants_alone(JUDGING_GROUPS),
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


if SHIFTED:

    use rule score_events as score_shifts with:
        input:
            events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES, SHIFTED),
            models=expand("<results>/classifiers/{{variant}}/seed{{seed}}/fold{fold}/model.safetensors", fold=FOLDS),
        output:
            # As many as seeds times shifts, and soon made again: they go when the seeds are combined.
            temp(
                expand(
                    "<results>/scores/{{variant}}/seed{{seed}}/{sample}/{shift}.arrow", sample=SAMPLES, shift=SHIFTED
                )
            ),
        log:
            "<logs>/score_events/{variant}_{seed}_shifts.log",
        benchmark:
            "<benchmarks>/score_events/{variant}_{seed}_shifts.tsv"
        wildcard_constraints:
            variant=variants_alone(SHIFT_SCORING_GROUPS),

    use rule combine_scores as combine_shifts with:
        input:
            seed_scores(SAMPLES, SHIFTED),
        output:
            expand("<results>/scores/{{variant}}/combined/{sample}/{shift}.arrow", sample=SAMPLES, shift=SHIFTED),
        log:
            "<logs>/combine_scores/{variant}_shifts.log",
        benchmark:
            "<benchmarks>/combine_scores/{variant}_shifts.tsv"
        wildcard_constraints:
            variant=variants_alone(SHIFT_JUDGING_GROUPS),


if SCORED_DATA:

    use rule score_events as score_data with:
        input:
            events=stores("<results>/ntuples/{sample}/{shift}.arrow", SCORED_DATA),
            models=expand("<results>/classifiers/{{variant}}/seed{{seed}}/fold{fold}/model.safetensors", fold=FOLDS),
        output:
            expand("<results>/scores/{{variant}}/seed{{seed}}/{sample}/nominal.arrow", sample=SCORED_DATA),
        log:
            "<logs>/score_data/{variant}_{seed}.log",
        benchmark:
            "<benchmarks>/score_data/{variant}_{seed}.tsv"
        wildcard_constraints:
            variant="|".join(ANALYSIS.variants()),

    use rule combine_scores as combine_data with:
        input:
            seed_scores(SCORED_DATA),
        output:
            expand("<results>/scores/{{variant}}/combined/{sample}/nominal.arrow", sample=SCORED_DATA),
        log:
            "<logs>/combine_data/{variant}.log",
        benchmark:
            "<benchmarks>/combine_data/{variant}.tsv"
        wildcard_constraints:
            variant="|".join(ANALYSIS.variants()),


rule check_classifier:
    """Judge a classifier with signed weights: ROC, AUC with its error, binned significance, score by process."""
    input:
        events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES),
        scores=combined_scores(SAMPLES),
        seeds=seed_scores(SAMPLES),
    output:
        "<results>/classifiers/{variant}/performance.json",
    log:
        "<logs>/check_classifier/{variant}.log",
    benchmark:
        "<benchmarks>/check_classifier/{variant}.tsv"
    wildcard_constraints:
        variant=variants_alone(JUDGING_GROUPS, NAMES["variant"]),
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.check_classifier, "variant"),
        **code("check_classifier"),
    shell:
        "python scripts/check_classifier.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--events {input.events:q} --scores {input.scores:q} --seed-scores {input.seeds:q} --output {output:q} "
        "> {log:q} 2>&1"


rule plot_classifier:
    """Draw a classifier's ROC, its score by process and its training history."""
    input:
        performance="<results>/classifiers/{variant}/performance.json",
        histories=lambda wildcards: group_histories([(wildcards.variant,)]),
    output:
        [
            report(
                f"<results>/figures/classifiers/{{variant}}/{figure}.png",
                category="2 Classifiers",
                subcategory="{variant}",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure},
            )
            for figure in CLASSIFIER_FIGURES
        ],
        expand("<results>/figures/classifiers/{{variant}}/{figure}.pdf", figure=CLASSIFIER_FIGURES),
    log:
        "<logs>/plot_classifier/{variant}.log",
    benchmark:
        "<benchmarks>/plot_classifier/{variant}.tsv"
    wildcard_constraints:
        variant=variants_alone(DRAWING_GROUPS, (*TRAINED_ALONE, *POINTS)),
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_classifier"),
        folder=subpath(output[0], ancestor=2),
    shell:
        "python scripts/plot_classifier.py --settings {params.settings:q} --performances {input.performance:q} "
        "--histories {input.histories:q} --output-folder {params.folder:q} > {log:q} 2>&1"


rule compare_classifiers:
    """Compare the AUCs of everything that is judged, with the error of each difference from the events that judge both."""
    input:
        events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES),
        scores=lambda wildcards: [
            path
            for variant in ANALYSIS.judged_on_all_signals()
            for path in stores(f"<results>/scores/{variant}/combined/{{sample}}/{{shift}}.arrow", SAMPLES)
        ],
        performances=performances(ANALYSIS.judged_on_all_signals()),
    output:
        "<results>/classifiers/comparison.json",
    log:
        "<logs>/compare_classifiers/all.log",
    benchmark:
        "<benchmarks>/compare_classifiers/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.compare_classifiers),
        **code("compare_classifiers"),
    shell:
        "python scripts/compare_classifiers.py --settings {params.settings:q} --events {input.events:q} "
        "--scores {input.scores:q} --performances {input.performances:q} --output {output:q} > {log:q} 2>&1"


rule plot_classifier_comparison:
    """Draw the ROCs of all classifiers in one figure, and the paired differences of their areas."""
    input:
        comparison="<results>/classifiers/comparison.json",
        performances=performances(ANALYSIS.judged_on_all_signals()),
    output:
        [
            report(
                f"<results>/figures/classifiers/{figure}.png",
                category="2 Classifiers",
                subcategory="comparison",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure},
            )
            for figure in COMPARISON_FIGURES
        ],
        expand("<results>/figures/classifiers/{figure}.pdf", figure=COMPARISON_FIGURES),
    log:
        "<logs>/plot_classifier_comparison/all.log",
    benchmark:
        "<benchmarks>/plot_classifier_comparison/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_classifier_comparison"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_classifier_comparison.py --settings {params.settings:q} "
        "--comparison {input.comparison:q} --performances {input.performances:q} "
        "--output-folder {params.folder:q} > {log:q} 2>&1"
