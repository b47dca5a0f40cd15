"""Files of the conversion: which parts a sample has, where they come from and what becomes of them."""

TRUTH = ["truth.arrow"] if ANALYSIS.events.truth else []
CONVERTED = ["nominal.arrow", *TRUTH, "summary.json"]
CONVERTED_DATA = ["nominal.arrow", "summary.json"]
CONVERTED_SHIFTS = [*(f"{shift}.arrow" for shift in SHIFTED), "shifts.json"]
FROM_TABLES = SAMPLES if TABLES else ()
REGIONS = "<results>/ntuples/regions.json"


def parts(sample):
    """Give the part numbers of a sample: one per ROOT file."""
    if sample in FILES:
        return range(len(FILES[sample]))
    if sample == "data":
        return range(ANALYSIS.data.pseudo_data.files)
    if sample in FROM_TABLES:
        return range(1)
    return range(ANALYSIS.samples[sample].simulation.files)


def own_file(wildcards):
    """Give the user's own ROOT file of a part; None where a command makes it."""
    files = FILES.get(sample_of(wildcards))
    return files[int(wildcards.part)] if files else None


def made_file(wildcards, suffix=".root"):
    """Give the ROOT file of a part that was simulated or made of tables, or what stands beside it."""
    if sample_of(wildcards) in FROM_TABLES:
        return f"<results>/tables/{sample_of(wildcards)}{suffix}"
    return f"<results>/simulated/{sample_of(wildcards)}/part{wildcards.part}{suffix}"


def is_path_for_snakemake(path):
    """Tell whether Snakemake takes a path as it is: braces would be wildcards, angle brackets path variables."""
    return not set("{}<>") & set(path)


def ntuple_file(wildcards):
    """Give the ROOT file of a part, the user's own or another one; none where its name cannot be an input."""
    path = own_file(wildcards)
    if path is None:
        return made_file(wildcards)
    return path if is_path_for_snakemake(path) else []


def ntuple(wildcards, input):
    """Give the ROOT file of a part for the command, whatever its name."""
    return own_file(wildcards) or input.ntuple


def state_of_ntuple(wildcards):
    """Give what changes with a file that cannot be an input, so that its part is converted again."""
    path = own_file(wildcards)
    return None if path is None or is_path_for_snakemake(path) else state_of(path)


def state_of(path):
    """Give what changes with a file."""
    status = os.stat(path)
    return f"{status.st_size} bytes of {status.st_mtime_ns}"


def description_of_ntuple(wildcards):
    """Give what a file that a command makes should be; nothing for the user's own."""
    return [] if own_file(wildcards) else made_file(wildcards, ".json")


def checksum_of_ntuple(wildcards):
    """Give the checksum that the configuration has for the user's own ROOT file of a part, or nothing."""
    return CHECKSUMS.get(sample_of(wildcards), {}).get(own_file(wildcards), "")


def converted_parts(wildcards):
    """Give the converted parts of a sample, in order."""
    sample = sample_of(wildcards)
    return files_of_parts(sample, CONVERTED_DATA if sample == "data" else CONVERTED)


def shifted_parts(wildcards):
    """Give the parts of a sample's shifted events, in order."""
    return files_of_parts(wildcards.sample, CONVERTED_SHIFTS)


def files_of_parts(sample, files):
    """Give some files of every part of a sample, in order."""
    return [f"<results>/ntuples/{sample}/parts/{part}/{file}" for part in parts(sample) for file in files]


def merged_events():
    """Give the converted events of every sample and shift."""
    return with_regions(stores("<results>/ntuples/{sample}/{shift}.arrow", SAMPLES_AND_DATA, SHIFTS))


def with_regions(results):
    """Give some results and the check of regions that comes before they are worth making; nothing for no results."""
    return [*results, REGIONS] if results else []
