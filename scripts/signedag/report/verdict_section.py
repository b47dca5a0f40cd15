"""The front page's first table: the verdict, the worst first, with marks that can be read in print."""

from __future__ import annotations

from collections.abc import Sequence

from signedag.report.limits import GRADES
from signedag.report.markup import escape, paragraph, rich_table
from signedag.report.verdict import MARKS, Line, brief, counted


def verdict_section(lines: Sequence[Line]) -> str:
    """Write the table; each grade is a text role, which the page's style colours, with a mark and a word of its own."""
    roles = "\n".join(f".. role:: {grade}" for grade in GRADES)
    rows = [
        [
            f":{line.grade}:`{MARKS[line.grade]} {line.grade}`",
            f"**{escape(line.subject)}**" + (f" of {escape(line.of)}" if line.of else ""),
            escape(line.result),
            escape(line.limit_text),
            escape(line.reason),
        ]
        for line in brief(lines)
    ]
    return "\n".join(
        [
            roles + "\n",
            paragraph(f"**Verdict: {counted(lines)}.**"),
            rich_table(("grade", "what", "result", "limit", "why"), rows, "verdict"),
        ]
    )
