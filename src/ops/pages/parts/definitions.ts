import { type Content, type Html, html } from "../html.ts";

/** Terms and what they are, in a list that reads well on any width. Null leaves one out. */
export function definitions(terms: readonly (readonly [string, Content] | null)[]): Html {
  const rows = terms.flatMap((term) =>
    term === null ? [] : [html`<div><dt>${term[0]}</dt><dd>${term[1]}</dd></div>`],
  );
  return html`<dl class="facts">${rows}</dl>`;
}
