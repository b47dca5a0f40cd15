"""From ROOT files to columns.

needs   the ROOT files or CSV tables that the configuration names, or nothing where a sample is simulated
makes   results/{analysis}/simulated/{sample}/part{part}.root and, beside it, .json with its checksum
        results/{analysis}/tables/{sample}.root and .json   the same of the rows of tables, and tables.json that counts them
        results/{analysis}/ntuples/{sample}/nominal.arrow   events with signed weights
        results/{analysis}/ntuples/{sample}/truth.arrow     truth of simulated events, for closure checks only
        results/{analysis}/ntuples/{sample}/summary.json    cutflow and sums of weights
        results/{analysis}/ntuples/{sample}/{shift}.arrow   events under shifted inputs, by jobs of their own: no network
                                                            is trained anew where a shift changes
        results/{analysis}/ntuples/{sample}/shifts.json     their cutflows
        results/{analysis}/ntuples/regions.json             events of each sample in each region
"""


include: "../inputs/convert.smk"


# Nominal events come first (priority), so that check_regions stops a run before networks are trained in vain.


rule simulate_ntuple:
    """Simulate a part of a sample, with signed weights of known truth, as a ROOT file like any other."""
    output:
        ntuple="<results>/simulated/{sample}/part{part}.root",
        description="<results>/simulated/{sample}/part{part}.json",
    log:
        "<logs>/simulate_ntuple/{sample}_{part}.log",
    benchmark:
        "<benchmarks>/simulate_ntuple/{sample}_{part}.tsv"
    wildcard_constraints:
        sample="|".join(SAMPLES_AND_DATA),
    priority: 50
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(500),
        runtime=by_size(10),
    params:
        **settings(stages.simulate_ntuple, "sample"),
        **code("simulate_ntuple"),
    shell:
        "python scripts/simulate_ntuple.py --settings {params.settings:q} --sample {wildcards.sample} "
        "--part {wildcards.part} --output {output.ntuple:q} --description {output.description:q} > {log:q} 2>&1"


rule read_table:
    """Take the rows of each sample from CSV tables, such as HEPMASS's, and write them as ROOT files like any other."""
    input:
        tables=[path for path in TABLES if is_path_for_snakemake(path)],
    output:
        expand("<results>/tables/{sample}.{suffix}", sample=FROM_TABLES, suffix=["root", "json"]),
        counts="<results>/tables/tables.json",
    log:
        "<logs>/read_table/tables.log",
    benchmark:
        "<benchmarks>/read_table/tables.tsv"
    priority: 50
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(700),
        runtime=by_size(10, 0.02),
    params:
        **settings(stages.read_table),
        **code("read_table"),
        tables=lambda wildcards: TABLES,
        state=[state_of(path) for path in TABLES if not is_path_for_snakemake(path)],
        folder=subpath(output.counts, parent=True),
    shell:
        "python scripts/read_table.py --settings {params.settings:q} --tables {params.tables:q} "
        "--output-folder {params.folder:q} > {log:q} 2>&1"


rule convert_ntuple:
    """Select events of one ROOT file and compute their columns, in one pass over the file."""
    input:
        ntuple=ntuple_file,
        description=description_of_ntuple,
    output:
        expand("<results>/ntuples/{{sample}}/parts/{{part}}/{file}", file=CONVERTED),
    log:
        "<logs>/convert_ntuple/{sample}_{part}.log",
    benchmark:
        "<benchmarks>/convert_ntuple/{sample}_{part}.tsv"
    priority: 50
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(600, 2),
        runtime=by_size(15, 0.1),
    params:
        **settings(stages.convert_ntuple, "sample"),
        **code("convert_ntuple"),
        ntuple=ntuple,
        state=state_of_ntuple,
        checksum=checksum_of_ntuple,
        sample=sample_of,
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/convert_ntuple.py --settings {params.settings:q} --sample {params.sample} "
        "--part {wildcards.part} --input={params.ntuple:q} --checksum {params.checksum:q} "
        "--description {input.description:q} --output-folder {params.folder:q} > {log:q} 2>&1"


use rule convert_ntuple as convert_data with:
    output:
        expand("<results>/ntuples/data/parts/{{part}}/{file}", file=CONVERTED_DATA),
    log:
        "<logs>/convert_ntuple/data_{part}.log",
    benchmark:
        "<benchmarks>/convert_ntuple/data_{part}.tsv"


rule convert_shifts:
    """Select events of one ROOT file under every systematic shift and compute their columns, in one pass."""
    input:
        ntuple=ntuple_file,
        description=description_of_ntuple,
    output:
        expand("<results>/ntuples/{{sample}}/parts/{{part}}/{file}", file=CONVERTED_SHIFTS),
    log:
        "<logs>/convert_shifts/{sample}_{part}.log",
    benchmark:
        "<benchmarks>/convert_shifts/{sample}_{part}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(600, 2),
        runtime=by_size(15, 0.1),
    params:
        **settings(stages.convert_shifts, "sample"),
        **code("convert_shifts"),
        ntuple=ntuple,
        state=state_of_ntuple,
        checksum=checksum_of_ntuple,
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/convert_shifts.py --settings {params.settings:q} --sample {wildcards.sample} "
        "--part {wildcards.part} --input={params.ntuple:q} --checksum {params.checksum:q} "
        "--description {input.description:q} --output-folder {params.folder:q} > {log:q} 2>&1"


rule merge_sample:
    """Put a sample's parts together in order and normalise its signed weights to the luminosity."""
    input:
        converted_parts,
    output:
        expand("<results>/ntuples/{{sample}}/{file}", file=CONVERTED),
    log:
        "<logs>/merge_sample/{sample}.log",
    benchmark:
        "<benchmarks>/merge_sample/{sample}.tsv"
    priority: 50
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 2),
        runtime=by_size(10, 0.05),
    params:
        **settings(stages.merge_sample, "sample"),
        **code("merge_sample"),
        sample=sample_of,
        parts=input_folders,
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/merge_sample.py --settings {params.settings:q} --sample {params.sample} "
        "--parts {params.parts:q} --output-folder {params.folder:q} > {log:q} 2>&1"


use rule merge_sample as merge_data with:
    output:
        expand("<results>/ntuples/data/{file}", file=CONVERTED_DATA),
    log:
        "<logs>/merge_sample/data.log",
    benchmark:
        "<benchmarks>/merge_sample/data.tsv"


rule merge_shifts:
    """Put the parts of a sample's shifted events together, with the normalisation of the nominal ones."""
    input:
        parts=shifted_parts,
        summary="<results>/ntuples/{sample}/summary.json",
    output:
        expand("<results>/ntuples/{{sample}}/{file}", file=CONVERTED_SHIFTS),
    log:
        "<logs>/merge_shifts/{sample}.log",
    benchmark:
        "<benchmarks>/merge_shifts/{sample}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(400, 2),
        runtime=by_size(10, 0.05),
    params:
        **code("merge_shifts"),
        parts=input_folders,
        folder=subpath(output[0], parent=True),
    shell:
        "python scripts/merge_shifts.py --sample {wildcards.sample} --summary {input.summary:q} "
        "--parts {params.parts:q} --output-folder {params.folder:q} > {log:q} 2>&1"


rule check_regions:
    """Stop before anything is trained where a region has no event of what is trained, fitted or checked there."""
    input:
        expand("<results>/ntuples/{sample}/summary.json", sample=SAMPLES),
    output:
        REGIONS,
    log:
        "<logs>/check_regions/regions.log",
    benchmark:
        "<benchmarks>/check_regions/regions.tsv"
    priority: 100
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=by_size(300),
        runtime=by_size(5),
    params:
        **settings(stages.check_regions),
        **code("check_regions"),
    shell:
        "python scripts/check_regions.py --settings {params.settings:q} --summaries {input:q} --output {output:q} "
        "> {log:q} 2>&1"
