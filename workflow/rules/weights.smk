"""Negative weights: from signed weights to training weights, and the check that they mean the same.

needs   results/{analysis}/ntuples/{sample}/nominal.arrow (and truth.arrow for the closure check)
makes   results/{analysis}/weights/sign_networks/{sample}/without_fold{fold}/...   networks and their output outside a fold
        results/{analysis}/weights/{strategy}/{sample}/without_fold{fold}.arrow    a weight for each event outside a fold
        results/{analysis}/weights/transformed/{sample}/calibration.json           reliability before and after
        results/{analysis}/weights/{strategy}/{sample}/closure.json                signed against training weights
        results/{analysis}/figures/weights/{sample}/...
"""


include: "../inputs/weights.smk"


rule train_sign_network:
    """Train networks that tell positive from negative events outside one fold: p(x) = P(w > 0 | x) under |w|."""
    input:
        events="<results>/ntuples/{sample}/nominal.arrow",
    output:
        model="<results>/weights/sign_networks/{sample}/without_fold{fold}/model.safetensors",
        probability="<results>/weights/sign_networks/{sample}/without_fold{fold}/probability.arrow",
        history="<results>/weights/sign_networks/{sample}/without_fold{fold}/history.json",
    log:
        "<logs>/train_sign_network/{sample}_{fold}.log",
    benchmark:
        "<benchmarks>/train_sign_network/{sample}_{fold}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        **on_gpu(memory=(900, 8), minutes=(20, 1)),
    params:
        **settings(stages.train_sign_network, "sample"),
        **code("train_sign_network"),
    shell:
        "python scripts/train_sign_network.py --settings {params.settings:q} --sample {wildcards.sample} "
        "--fold {wildcards.fold} --events {input.events:q} --model {output.model:q} "
        "--probability {output.probability:q} --history {output.history:q} > {log:q} 2>&1"


rule calibrate_weights:
    """Calibrate the sign networks by isotonic regression and transform the weights, once per fold that is left out."""
    input:
        events="<results>/ntuples/{sample}/nominal.arrow",
        probabilities=sign_outputs(),
    output:
        weights=weights_without_folds("transformed"),
        calibration="<results>/weights/transformed/{sample}/calibration.json",
    log:
        "<logs>/calibrate_weights/{sample}.log",
    benchmark:
        "<benchmarks>/calibrate_weights/{sample}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 20),
        runtime=by_size(15, 0.2),
    params:
        **settings(stages.calibrate_weights),
        **code("calibrate_weights"),
    shell:
        "python scripts/calibrate_weights.py --settings {params.settings:q} --sample {wildcards.sample} "
        "--events {input.events:q} --probabilities {input.probabilities:q} --weights {output.weights:q} "
        "--calibration {output.calibration:q} > {log:q} 2>&1"


rule assign_training_weights:
    """Make training weights by a strategy that needs no network, once per fold that is left out."""
    input:
        events="<results>/ntuples/{sample}/nominal.arrow",
    output:
        weights=weights_without_folds("{strategy}"),
    log:
        "<logs>/assign_training_weights/{strategy}_{sample}.log",
    benchmark:
        "<benchmarks>/assign_training_weights/{strategy}_{sample}.tsv"
    wildcard_constraints:
        strategy="|".join(SIMPLE_STRATEGIES),
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.assign_training_weights, "strategy"),
        **code("assign_training_weights"),
    shell:
        "python scripts/assign_training_weights.py --settings {params.settings:q} --sample {wildcards.sample} "
        "--events {input.events:q} --weights {output.weights:q} > {log:q} 2>&1"


rule check_weight_closure:
    """Compare training with signed weights in inputs and other variables, and with the truth where it is known."""
    input:
        **truth_input(),
        events="<results>/ntuples/{sample}/nominal.arrow",
        weights=weights_without_folds("{strategy}"),
    output:
        "<results>/weights/{strategy}/{sample}/closure.json",
    log:
        "<logs>/check_weight_closure/{strategy}_{sample}.log",
    benchmark:
        "<benchmarks>/check_weight_closure/{strategy}_{sample}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.check_weight_closure, "sample"),
        **code("check_weight_closure"),
        truth=truth_argument,
    shell:
        "python scripts/check_weight_closure.py --settings {params.settings:q} --strategy {wildcards.strategy} "
        "--sample {wildcards.sample} "
        "--events {input.events:q} {params.truth} --weights {input.weights:q} --output {output:q} "
        "> {log:q} 2>&1"


rule plot_weights:
    """Draw a sample's negative fraction, sign calibration and weight closure."""
    input:
        closure="<results>/weights/transformed/{sample}/closure.json",
        calibration="<results>/weights/transformed/{sample}/calibration.json",
    output:
        [
            report(
                f"<results>/figures/weights/{{sample}}/{figure}.png",
                category="1 Negative weights",
                subcategory="{sample}",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure.replace("_", " ")},
            )
            for figure in WEIGHT_FIGURES
        ],
        expand("<results>/figures/weights/{{sample}}/{figure}.pdf", figure=WEIGHT_FIGURES),
    log:
        "<logs>/plot_weights/{sample}.log",
    benchmark:
        "<benchmarks>/plot_weights/{sample}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_weights"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_weights.py --settings {params.settings:q} --sample {wildcards.sample} "
        "--closure {input.closure:q} --calibration {input.calibration:q} --output-folder {params.folder:q} "
        "> {log:q} 2>&1"
