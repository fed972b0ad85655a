import { type Html, html } from "../html.ts";

const width = 120;
const height = 32;
const margin = 2;

/** A small line of how a number went, oldest first; `words` says it to those who don't see it. */
export function sparkline(values: readonly number[], words: string): Html {
  const top = Math.max(1, ...values);
  const points = values.map((value, index) => ({
    x: margin + (index * (width - 2 * margin)) / Math.max(1, values.length - 1),
    y: height - margin - (value / top) * (height - 2 * margin),
  }));
  const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const last = points.at(-1);
  if (!last) return html`<span class="soft">nothing measured yet</span>`;
  const ground = height - margin;
  return html`<svg class="sparkline" role="img" aria-label="${words}" width="${width}"
    height="${height}" viewBox="0 0 ${width} ${height}">
<polygon points="${margin},${ground} ${line} ${last.x.toFixed(1)},${ground}" class="under"/>
<polyline points="${line}" class="line"/>
<circle cx="${last.x.toFixed(1)}" cy="${last.y.toFixed(1)}" r="2" class="last"/>
</svg>`;
}
