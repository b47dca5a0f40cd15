"""Several small trainings in one job, or what follows them, where the configuration asks (training.networks_per_job).

needs   the same as train_classifier, score_events, combine_scores, check_classifier and plot_classifier
makes   the same, byte for byte
"""

for NUMBER, GROUP in enumerate(TRAINING_GROUPS):

    rule:
        name:
            f"train_classifiers_{NUMBER}"
        input:
            events=group_training_inputs(GROUP, "events"),
            weights=group_training_inputs(GROUP, "weights"),
            checkpoints=group_training_inputs(GROUP, "checkpoints"),
        output:
            models=group_networks(GROUP),
            histories=group_networks(GROUP, "history.json"),
        log:
            f"<logs>/train_classifiers/{NUMBER}.log",
        benchmark:
            f"<benchmarks>/train_classifiers/{NUMBER}.tsv"
        conda:
            "../../envs/analysis.yaml"
        resources:
            **on_gpu(memory=(900, 8), minutes=(20 * len(GROUP), 0.5 * len(GROUP))),
        params:
            **group_settings(stages.train_classifier, GROUP),
            **code("train_classifiers"),
            folder=subpath(output[0], ancestor=4),
        shell:
            "python scripts/train_classifiers.py --trainings {params.members:q} --events {input.events:q} "
            "--weights {input.weights:q} --checkpoints {input.checkpoints:q} --output-folder {params.folder:q} "
            "> {log:q} 2>&1"


for KIND, GROUPS in (("nominal", SCORING_GROUPS), ("shifts", SHIFT_SCORING_GROUPS if SHIFTED else [])):
    for NUMBER, GROUP in enumerate(GROUPS):

        rule:
            name:
                f"score_classifiers_{KIND}_{NUMBER}"
            input:
                events=stores(
                    "<results>/ntuples/{sample}/{shift}.arrow", SAMPLES, SHIFTED if KIND == "shifts" else ["nominal"]
                ),
                models=group_folds(GROUP),
            output:
                group_scores(GROUP, SHIFTED if KIND == "shifts" else ["nominal"]),
            log:
                f"<logs>/score_classifiers/{KIND}_{NUMBER}.log",
            benchmark:
                f"<benchmarks>/score_classifiers/{KIND}_{NUMBER}.tsv"
            conda:
                "../../envs/analysis.yaml"
            resources:
                **on_gpu(memory=(900, 4), minutes=(15 * len(GROUP), 0.1 * len(GROUP))),
            params:
                **group_settings(stages.score_events, GROUP),
                **code("score_classifiers"),
                folder=subpath(output[0], ancestor=4),
            shell:
                "python scripts/score_classifiers.py --scorings {params.members:q} --events {input.events:q} "
                "--models {input.models:q} --output-folder {params.folder:q} > {log:q} 2>&1"


for KIND, GROUPS in (("nominal", JUDGING_GROUPS), ("shifts", SHIFT_JUDGING_GROUPS if SHIFTED else [])):
    for NUMBER, GROUP in enumerate(GROUPS):

        rule:
            name:
                f"combine_scores_{KIND}_{NUMBER}"
            input:
                scores_of(GROUP, seeds_of, SHIFTED if KIND == "shifts" else ["nominal"]),
            output:
                scores_of(GROUP, combined, SHIFTED if KIND == "shifts" else ["nominal"]),
            log:
                f"<logs>/combine_scores/{KIND}_{NUMBER}.log",
            benchmark:
                f"<benchmarks>/combine_scores/{KIND}_{NUMBER}.tsv"
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


for NUMBER, GROUP in enumerate(JUDGING_GROUPS):

    rule:
        name:
            f"check_classifiers_{NUMBER}"
        input:
            events=stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES),
            combined=scores_of(GROUP, combined, ["nominal"]),
            seeds=scores_of(GROUP, seeds_of, ["nominal"]),
        output:
            [f"<results>/classifiers/{variant}/performance.json" for variant, in GROUP],
        log:
            f"<logs>/check_classifiers/{NUMBER}.log",
        benchmark:
            f"<benchmarks>/check_classifiers/{NUMBER}.tsv"
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=by_size(400, 8),
            runtime=by_size(10, 0.1),
        params:
            **group_settings(stages.check_classifier, GROUP),
            **code("check_classifiers"),
            folder=subpath(output[0], ancestor=2),
        shell:
            "python scripts/check_classifiers.py --checks {params.members:q} --events {input.events:q} "
            "--scores {input.combined:q} {input.seeds:q} --output-folder {params.folder:q} > {log:q} 2>&1"


for NUMBER, GROUP in enumerate(DRAWING_GROUPS):

    rule:
        name:
            f"plot_classifier_{NUMBER}"
        input:
            performances=[f"<results>/classifiers/{variant}/performance.json" for variant, in GROUP],
            histories=group_histories(GROUP),
        output:
            [
                report(
                    f"<results>/figures/classifiers/{variant}/{figure}.png",
                    category="2 Classifiers",
                    subcategory=variant,
                    caption=f"../report/{figure}.rst",
                    labels={"figure": figure},
                )
                for variant, in GROUP
                for figure in CLASSIFIER_FIGURES
            ],
            [
                f"<results>/figures/classifiers/{variant}/{figure}.pdf"
                for variant, in GROUP
                for figure in CLASSIFIER_FIGURES
            ],
        log:
            f"<logs>/plot_classifier/{NUMBER}.log",
        benchmark:
            f"<benchmarks>/plot_classifier/{NUMBER}.tsv"
        conda:
            "../../envs/analysis.yaml"
        resources:
            mem_mb=by_size(400),
            runtime=by_size(10, 0.5),
        params:
            **settings(stages.plot),
            **code("plot_classifier"),
            folder=subpath(output[0], ancestor=2),
        shell:
            "python scripts/plot_classifier.py --settings {params.settings:q} --performances {input.performances:q} "
            "--histories {input.histories:q} --output-folder {params.folder:q} > {log:q} 2>&1"
