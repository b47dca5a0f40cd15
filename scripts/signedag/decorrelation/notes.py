"""What a reader of the comparison must know to judge how much its passes and failures mean."""

from __future__ import annotations

from signedag.config.decorrelation import CompareDecorrelationSettings
from signedag.decorrelation.recommendation import Rows

TESTS = ("χ²", "Kolmogorov-Smirnov")


def notes(rows: Rows, settings: CompareDecorrelationSettings) -> list[str]:
    """Give one sentence for each caveat that applies; docs/physics.md, "Choice of a decorrelation"."""
    found = [_number_of_tests(rows, settings)]
    if settings.maps:
        found.append(
            f"{', '.join(settings.maps)}: a map is fitted on one half of each fold for the other one, so fluctuations "
            "of both halves cancel in their sum, and χ²/ndf falls below 1 by construction: it shows that the map "
            "works, not that it is better than a score at 1"
        )
    if settings.seed in settings.seeds:
        found.append(
            f"seed {settings.seed} is that of the analysis: what is chosen on its events looks too good on them; leave "
            "it out of decorrelation_comparison.seeds"
        )
    if any(measured.without_resonant for row in rows.values() for measured in row.by_seed.values()):
        found.append(
            "passing and χ²/ndf are of the background without resonant processes: a score that does not know the mass "
            "keeps their peak in its top quantile, so the total background must differ there (its χ²/ndf stands beside)"
        )
    return found


def _number_of_tests(rows: Rows, settings: CompareDecorrelationSettings) -> str:
    quantiles = max(len(measured.headline.chi2_p_values) for row in rows.values() for measured in row.by_seed.values())
    of_each = len(settings.seeds) * quantiles * len(TESTS)
    by_chance = 1 - (1 - settings.p_value) ** of_each
    return (
        f"{len(rows)} variants × {len(settings.seeds)} simulations × {quantiles} quantiles × {len(TESTS)} tests = "
        f"{len(rows) * of_each} tests at p > {settings.p_value:g}: a perfect score without a map fails one of its "
        f"{of_each} by chance with a probability of up to {by_chance:.0%}"
    )
