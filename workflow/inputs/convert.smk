"""Files of the conversion: which parts a sample has, where they come from and what becomes of them."""

TRUTH = ["truth.arrow"] if ANALYSIS.events.truth else []
CONVERTED = ["nominal.arrow", *TRUTH, "summary.json"]
CONVERTED_DATA = ["nominal.arrow", "summary.json"]
CONVERTED_SHIFTS = [*(f"{shift}.arrow" for shift in SHIFTED), "shifts.json"]
REGIONS = "<results>/ntuples/regions.json"


def parts(sample):
    """Give the part numbers of a sample: one per ROOT file."""
    if sample in FILES:
        return range(len(FILES[sample]))
    if sample == "data":
        return range(ANALYSIS.data.pseudo_data.files)
    return range(ANALYSIS.samples[sample].simulation.files)


def ntuple_file(wildcards):
    """Give the ROOT file of a part, the user's own or a simulated one."""
    sample = sample_of(wildcards)
    if sample in FILES:
        return FILES[sample][int(wildcards.part)]
    return f"<results>/simulated/{sample}/part{wildcards.part}.root"


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
