"""How the front page looks; it travels in the page itself, so that it holds with or without `--report-stylesheet`.

Snakemake sets the first page in a narrow column beside the graph of the rules, and centres both, which puts the top of
a long page out of reach: here the page has the whole width, and the graph follows below it.
"""

from __future__ import annotations

STYLE = """.. raw:: html

   <style>
   .h-screen.overflow-auto { align-items: flex-start !important; }
   .h-screen.overflow-auto > .grow.flex { flex-direction: column; min-width: 0; }
   .prose.max-w-lg { max-width: 100rem !important; color: #111827; }
   .prose h1 { font-size: 1.3rem !important; margin: 1.6rem 0 0.6rem 0 !important; }
   .prose h1.title { font-size: 1.9rem !important; }
   .prose h2 { font-size: 1.05rem !important; margin: 1rem 0 0.4rem 0 !important; }
   .prose p, .prose dl, .prose ul { max-width: 75rem; }
   .prose dt { font-weight: 600; margin-top: 0.5rem; }
   .prose dd { margin-left: 1.2rem; }
   .prose table { font-size: 0.8rem; line-height: 1.2rem; width: auto; }
   .prose td p, .prose th p { margin: 0; }
   .prose td, .prose th { padding: 0.25rem 0.6rem !important; vertical-align: top; }
   .prose table.verdict td:nth-child(1), .prose table.verdict td:nth-child(4) { white-space: nowrap; }
   .prose span.bad, .prose span.marginal, .prose span.good {
     padding: 0.05rem 0.4rem; border-radius: 0.25rem; border: 1px solid; font-weight: 700;
     -webkit-print-color-adjust: exact; print-color-adjust: exact; }
   .prose span.bad { color: #ffffff; background: #b91c1c; border-color: #7f1d1d; }
   .prose span.marginal { color: #111827; background: #fcd34d; border-color: #92400e; }
   .prose span.good { color: #065f46; background: #ffffff; border-color: #065f46; }
   .key-figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(34rem, 1fr)); gap: 1rem 1.5rem; }
   .key-figures figure { margin: 0 !important; }
   .key-figures img { width: 100%; max-height: 34rem; object-fit: contain; object-position: left top;
     margin: 0 !important; }
   .key-figures figcaption { margin: 0.2rem 0 0 0 !important; color: #374151 !important; }
   @media print {
     nav { display: none; }
     .h-screen { height: auto !important; overflow: visible !important; }
     .key-figures { grid-template-columns: 1fr 1fr; }
     tr, figure { break-inside: avoid; }
   }
   </style>
"""
