"""What every page has in common: one file, no script, readable in grey, on paper and by a screen reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from traction.report.clean import clean

STYLE: Final = """\
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, "Segoe UI", Arial, sans-serif; color: #1a1a1a; background: #fff;
  margin: 0 auto; padding: 1.5rem; max-width: 76rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-top: 2px solid #1a1a1a; padding-top: .6rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
p, dl, ul { margin: .4rem 0; max-width: 60rem; }
a { color: #0b4f8a; }
a:focus-visible { outline: 3px solid #0b4f8a; outline-offset: 2px; }
code { font: .9em/1.4 ui-monospace, Consolas, monospace; background: #f1f1f1; padding: .05em .3em;
  overflow-wrap: anywhere; }
pre { background: #f1f1f1; padding: .6rem .8rem; overflow-x: auto; margin: .4rem 0; }
pre code { padding: 0; background: none; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dt { color: #555; } dd { margin: 0; overflow-wrap: anywhere; }
.claim { border-left: 6px solid #1a1a1a; padding: .4rem .8rem; background: #f6f6f6; }
.verdict { font-size: 1.15rem; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; margin: .6rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border: 1px solid #b5b5b5; padding: .2rem .45rem; text-align: left; vertical-align: top; }
thead th { background: #e6e6e6; } tbody th { font-weight: 600; background: #f6f6f6; }
.number { text-align: right; white-space: nowrap; }
.broken { background: #1a1a1a; color: #fff; font-weight: 700; }
.tight { background: #c9c9c9; font-weight: 600; }
.none { color: #555; }
svg { display: block; width: 100%; max-width: 760px; height: auto; font: 11px system-ui, Arial, sans-serif; }
svg .said { fill: #111; stroke: #fff; stroke-width: 3; paint-order: stroke; }
footer { margin-top: 2rem; border-top: 1px solid #b5b5b5; padding-top: .6rem; color: #444;
  font-size: .85rem; }
@media print {
  body { font-size: 10pt; padding: 0; max-width: none; }
  h2, h3 { break-after: avoid; }
  section, tr, svg { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


def document(title: str, claim: str, body: Iterable[str], foot: Iterable[str], *, style: str = "") -> str:
    """Return a whole page: title as its one ``h1``, a claim under it, ``body`` and ``foot`` (HTML lines)."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(title)}</title>",
            f"<style>\n{STYLE}{style}</style>",
            "</head>",
            "<body>",
            f"<header><h1>{text(title)}</h1>",
            f'<p class="claim">{text(claim)}</p></header>',
            "<main>",
            *body,
            "</main>",
            *foot,
            "</body>",
            "</html>",
            "",
        ]
    )


def facts(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a list of labelled texts; empty ones are left out."""
    yield "<dl>"
    yield from (f"<dt>{text(label)}</dt><dd>{text(said)}</dd>" for label, said in pairs if said)
    yield "</dl>"


def table(
    caption: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()
) -> Iterator[str]:
    """Yield a table of HTML cells (escape them yourself); the first cell of a row is its header.

    ``numbers`` names the columns (from 0) whose figures stand flush right.
    """
    yield f'<div class="scroll"><table><caption>{text(caption)}</caption>'
    heads = "".join(f'<th scope="col">{text(one)}</th>' for one in header)
    yield f"<thead><tr>{heads}</tr></thead><tbody>"
    for first, *rest in rows:
        cells = "".join(
            f'<td class="number">{cell}</td>' if column in numbers else f"<td>{cell}</td>"
            for column, cell in enumerate(rest, 1)
        )
        kind = ' class="number"' if 0 in numbers else ""
        yield f'<tr><th scope="row"{kind}>{first}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def text(said: str) -> str:
    """Return a text for HTML: nothing in it is obeyed."""
    return escape(clean(said))


def code(said: str) -> str:
    """Return a text as a command or a name of code."""
    return f"<code>{text(said)}</code>"
