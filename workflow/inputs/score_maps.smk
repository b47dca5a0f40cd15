"""Files of the score maps: which background they are fitted to, and whose scores they map."""

SCORE_MAPS = "|".join(name for name in ANALYSIS.maps() if name not in ANALYSIS.scanned_maps()) or "(?!)"
# Those of the points of a scan too.
ALL_SCORE_MAPS = "|".join(ANALYSIS.maps()) or "(?!)"
# The score at one point of a parametric classifier is taken as it is.
FITTED_SCORE_MAPS = "|".join(name for name, one in ANALYSIS.maps().items() if one.spectators) or "(?!)"
MAPPED_SCORE_FIGURES = tuple(figure for figure in SCORE_MAP_FIGURES if figure != "score_map")


def mapped_background(pattern):
    """Give an input function: a nominal file of each sample that a map is fitted to."""

    def of_wildcards(wildcards):
        score_map = ANALYSIS.maps()[wildcards.variant]
        return stores(pattern.replace("{scores_of}", score_map.scores_of), ANALYSIS.mapped_background(score_map))

    return of_wildcards


def map_of_scores(wildcards):
    """Give the map that scores are mapped by; none where they are taken as they are."""
    return "<results>/score_maps/{variant}/map.arrow" if ANALYSIS.maps()[wildcards.variant].spectators else []


def unmapped_scores(shifts=("nominal",), samples=SAMPLES):
    """Give an input function: the combined scores that a map is applied to."""
    return lambda wildcards: stores(
        f"<results>/scores/{ANALYSIS.maps()[wildcards.variant].scores_of}/combined/{{sample}}/{{shift}}.arrow",
        samples,
        shifts,
    )
