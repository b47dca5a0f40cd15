"""Which treatment of negative weights may one train with? Diagnostics before, the comparison after.

needs   events, sign networks and training weights of every strategy
makes   results/{analysis}/weights/diagnostics/{sample}.json           what to know before choosing
        results/{analysis}/weights/diagnostics/signs_{variant}.json    positive-only and negative-only trainings
        results/{analysis}/weights/joint/{variant}/seed{seed}/...       weights that joint trainings ended with, closure
        results/{analysis}/strategies/comparison.json                  all strategies side by side (target `strategies`)
        results/{analysis}/figures/strategies/...
"""


include: "../inputs/strategies.smk"


rule train_ratio_network:
    """Train the density ratio of a sample's signed-weighted to its unit-weighted copy, outside one fold."""
    input:
        events="<results>/ntuples/{sample}/nominal.arrow",
    output:
        model="<results>/weights/ratio_networks/{sample}/without_fold{fold}/model.safetensors",
        mean_weight="<results>/weights/ratio_networks/{sample}/without_fold{fold}/mean_weight.arrow",
        history="<results>/weights/ratio_networks/{sample}/without_fold{fold}/history.json",
    log:
        "<logs>/train_ratio_network/{sample}_{fold}.log",
    benchmark:
        "<benchmarks>/train_ratio_network/{sample}_{fold}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        **on_gpu(memory=(900, 8), minutes=(20, 1)),
    params:
        **settings(stages.train_sign_network, "sample"),
        **code("train_ratio_network"),
    shell:
        "python scripts/train_ratio_network.py --settings {params.settings:q} --sample {wildcards.sample} "
        "--fold {wildcards.fold} --events {input.events:q} --model {output.model:q} "
        "--mean-weight {output.mean_weight:q} --history {output.history:q} > {log:q} 2>&1"


rule reweight_events:
    """Turn the density ratio into training weights and say how far they stray."""
    input:
        events="<results>/ntuples/{sample}/nominal.arrow",
        mean_weights=expand(
            "<results>/weights/ratio_networks/{{sample}}/without_fold{fold}/mean_weight.arrow", fold=FOLDS
        ),
    output:
        weights=weights_without_folds("reweighted"),
        report="<results>/weights/reweighted/{sample}/reweighting.json",
    log:
        "<logs>/reweight_events/{sample}.log",
    benchmark:
        "<benchmarks>/reweight_events/{sample}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 20),
        runtime=by_size(15, 0.2),
    params:
        **code("reweight_events"),
    shell:
        "python scripts/reweight_events.py --sample {wildcards.sample} --events {input.events:q} "
        "--mean-weights {input.mean_weights:q} --weights {output.weights:q} --report {output.report:q} > {log:q} 2>&1"


rule resample_events:
    """Keep events with probability w'^2/w^2 and say which share of |w| breaks the condition."""
    input:
        events="<results>/ntuples/{sample}/nominal.arrow",
        transformed=weights_without_folds("transformed"),
    output:
        weights=weights_without_folds("resampled"),
        report="<results>/weights/resampled/{sample}/resampling.json",
    log:
        "<logs>/resample_events/{sample}.log",
    benchmark:
        "<benchmarks>/resample_events/{sample}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.resample_events),
        **code("resample_events"),
    shell:
        "python scripts/resample_events.py --settings {params.settings:q} --sample {wildcards.sample} "
        "--events {input.events:q} --transformed {input.transformed:q} --weights {output.weights:q} "
        "--report {output.report:q} > {log:q} 2>&1"


rule assign_true_weights:
    """Give simulated events their exact transformed weights: the reference of the comparison."""
    input:
        events="<results>/ntuples/{sample}/nominal.arrow",
        truth="<results>/ntuples/{sample}/truth.arrow",
    output:
        weights_without_folds("truth"),
    log:
        "<logs>/assign_true_weights/{sample}.log",
    benchmark:
        "<benchmarks>/assign_true_weights/{sample}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **code("assign_true_weights"),
    shell:
        "python scripts/assign_true_weights.py --sample {wildcards.sample} --events {input.events:q} "
        "--truth {input.truth:q} --weights {output:q} > {log:q} 2>&1"


rule assign_joint_weights:
    """Write the training weights that a joint training ended with, outside each fold."""
    input:
        events="<results>/ntuples/{sample}/nominal.arrow",
        models=expand("<results>/classifiers/{{variant}}/seed{{seed}}/fold{fold}/model.safetensors", fold=FOLDS),
    output:
        weights=joint_weights("{sample}"),
    log:
        "<logs>/assign_joint_weights/{variant}_{seed}_{sample}.log",
    benchmark:
        "<benchmarks>/assign_joint_weights/{variant}_{seed}_{sample}.tsv"
    wildcard_constraints:
        variant="|".join(JOINT_VARIANTS) or "none",
    conda:
        "../../envs/analysis.yaml"
    resources:
        gpu=1,
        mem_mb=by_size(900, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.assign_joint_weights, "variant"),
        **code("assign_joint_weights", "variant", chosen=architecture_modules),
    shell:
        "python scripts/assign_joint_weights.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--seed {wildcards.seed} --sample {wildcards.sample} --events {input.events:q} --models {input.models:q} --weights {output.weights:q} > {log:q} 2>&1"


rule check_joint_closure:
    """Compare the weights that a joint training ended with to the signed ones, for all samples of a class together."""
    input:
        events=joint_class("<results>/ntuples/{sample}/nominal.arrow"),
        weights=joint_class(*joint_weights("{sample}")),
    output:
        "<results>/weights/joint/{variant}/seed{seed}/closure_{class_name}.json",
    log:
        "<logs>/check_joint_closure/{variant}_{seed}_{class_name}.log",
    benchmark:
        "<benchmarks>/check_joint_closure/{variant}_{seed}_{class_name}.tsv"
    wildcard_constraints:
        variant="|".join(JOINT_VARIANTS) or "none",
        class_name=r"\w+",
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.check_joint_closure, "variant"),
        **code("check_joint_closure"),
    shell:
        "python scripts/check_joint_closure.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--seed {wildcards.seed} --class-name {wildcards.class_name} "
        "--events {input.events:q} --weights {input.weights:q} --output {output:q} > {log:q} 2>&1"


rule check_negative_weights:
    """Diagnose a sample's negative weights: do the signs look alike, which batches are safe, can it be transformed?"""
    input:
        events="<results>/ntuples/{sample}/nominal.arrow",
        probabilities=sign_outputs(),
    output:
        "<results>/weights/diagnostics/{sample}.json",
    log:
        "<logs>/check_negative_weights/{sample}.log",
    benchmark:
        "<benchmarks>/check_negative_weights/{sample}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 20),
        runtime=by_size(15, 0.2),
    params:
        **settings(stages.check_negative_weights, "sample"),
        **code("check_negative_weights"),
    shell:
        "python scripts/check_negative_weights.py --settings {params.settings:q} --sample {wildcards.sample} "
        "--events {input.events:q} --probabilities {input.probabilities:q} --output {output:q} > {log:q} 2>&1"


rule cross_check_signs:
    """Train on positive events only and on |negative| ones only; validate each on both: do they agree?"""
    input:
        events=training_inputs("events"),
    output:
        "<results>/weights/diagnostics/signs_{variant}.json",
    log:
        "<logs>/cross_check_signs/{variant}.log",
    benchmark:
        "<benchmarks>/cross_check_signs/{variant}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        **on_gpu(memory=(900, 8), minutes=(20, 0.5)),
    params:
        **settings(stages.train_classifier, "variant"),
        **code("cross_check_signs"),
    shell:
        "python scripts/cross_check_signs.py --settings {params.settings:q} --variant {wildcards.variant} "
        "--events {input.events:q} --output {output:q} > {log:q} 2>&1"


rule compare_weight_strategies:
    """Put all strategies side by side, judged with signed weights, and say which one the numbers support."""
    input:
        compared_inputs,
    output:
        comparison="<results>/strategies/comparison.json",
        table="<results>/strategies/table.tsv",
        times="<results>/strategies/training_times.json",
    log:
        "<logs>/compare_weight_strategies/all.log",
    benchmark:
        "<benchmarks>/compare_weight_strategies/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 8),
        runtime=by_size(10, 0.1),
    params:
        **settings(stages.compare_weight_strategies),
        **code("compare_weight_strategies"),
        folder=results_folder,
    shell:
        "python scripts/compare_weight_strategies.py --settings {params.settings:q} --results-folder {params.folder:q} "
        "--output {output.comparison:q} --table {output.table:q} --times {output.times:q} > {log:q} 2>&1"


rule plot_diagnostics:
    """Draw a sample's diagnostics: signs against each other per variable, and batches with a negative sum."""
    input:
        "<results>/weights/diagnostics/{sample}.json",
    output:
        report(
            "<results>/figures/weights/{sample}/diagnostics.png",
            category="1 Negative weights",
            subcategory="{sample}",
            caption="../report/diagnostics.rst",
            labels={"figure": "diagnostics"},
        ),
        "<results>/figures/weights/{sample}/diagnostics.pdf",
    log:
        "<logs>/plot_diagnostics/{sample}.log",
    benchmark:
        "<benchmarks>/plot_diagnostics/{sample}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_diagnostics"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_diagnostics.py --settings {params.settings:q} --sample {wildcards.sample} "
        "--diagnostics {input:q} --output-folder {params.folder:q} > {log:q} 2>&1"


rule plot_strategies:
    """Draw the comparison of all strategies."""
    input:
        comparison="<results>/strategies/comparison.json",
        times="<results>/strategies/training_times.json",
    output:
        [
            report(
                f"<results>/figures/strategies/{figure}.png",
                category="6 Strategies",
                caption=f"../report/{figure}.rst",
                labels={"figure": figure.replace("_", " ")},
            )
            for figure in STRATEGY_FIGURES
        ],
        expand("<results>/figures/strategies/{figure}.pdf", figure=STRATEGY_FIGURES),
    log:
        "<logs>/plot_strategies/all.log",
    benchmark:
        "<benchmarks>/plot_strategies/all.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400),
        runtime=by_size(10),
    params:
        **settings(stages.plot),
        **code("plot_strategies"),
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/plot_strategies.py --settings {params.settings:q} --comparison {input.comparison:q} "
        "--times {input.times:q} --output-folder {params.folder:q} > {log:q} 2>&1"
