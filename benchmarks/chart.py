"""A bar chart as SVG, on a logarithmic scale, readable on light and dark pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_COLOURS = ("#e8871e", "#5b8def", "#8a8f98", "#3a9d6e", "#b05fc4")
_WIDTH, _LEFT, _RIGHT, _BAR, _GAP, _TOP = 760, 120, 90, 15, 14, 56


def chart(title: str, groups: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> str:
    """Return a chart of horizontal bars.

    Args:
        title: what it shows and in which unit.
        groups: by group, the figure of each name; what is missing has no bar.
        names: the order of the names; each has its colour.
    """
    figures = [figure for group in groups.values() for figure in group.values()]
    low = 10.0 ** math.floor(math.log10(min(figures)))
    scale = (_WIDTH - _LEFT - _RIGHT) / math.log10(max(figures) / low)
    lines = [f'<text x="10" y="20" font-weight="bold">{escape(title)}</text>']
    at = 10
    for name, colour in zip(names, _COLOURS, strict=False):
        lines.append(f'<rect x="{at}" y="31" width="11" height="11" fill="{colour}"/>')
        lines.append(f'<text x="{at + 16}" y="41">{escape(name)}</text>')
        at += 34 + 7 * len(name)
    y = _TOP
    for label, group in groups.items():
        middle = y + _BAR * len(group) / 2 + 4
        lines.append(f'<text x="{_LEFT - 10}" y="{middle:g}" text-anchor="end">{label}</text>')
        for name, colour in zip(names, _COLOURS, strict=False):
            if name not in group:
                continue
            width = max(1.0, math.log10(group[name] / low) * scale)
            lines.append(
                f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR - 2}"'
                f' fill="{colour}"/>'
            )
            lines.append(
                f'<text x="{_LEFT + width + 5:.1f}" y="{y + _BAR - 4}">{group[name]:,.0f}</text>'
            )
            y += _BAR
        y += _GAP
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}"'
            ' font-family="sans-serif" font-size="12" fill="#808080">',
            *lines,
            "</svg>\n",
        )
    )
