"""Several small trainings, or scorings, in one job, where the configuration asks for it (training.networks_per_job).

needs   the same as train_classifier and score_events
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
