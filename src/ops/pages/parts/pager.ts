import { type Html, html } from "../html.ts";

/** Links to the pages before and after, where there are such. */
export function pager({ newer, older }: { newer?: string | null; older?: string | null }): Html {
  if (!newer && !older) return html``;
  return html`<nav class="pager" aria-label="Pages">
${newer ? html`<a class="button" rel="prev" href="${newer}">Newer</a>` : ""}
${older ? html`<a class="button" rel="next" href="${older}">Older</a>` : ""}
</nav>`;
}
