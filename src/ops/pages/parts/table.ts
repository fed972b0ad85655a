import { type Content, type Html, html } from "../html.ts";

export type Column = {
  title: string;
  /** Numbers and amounts stand at the right. */
  align?: "end";
  /** On a phone this is the head of the row's card. */
  leads?: boolean;
  /** A column of buttons or boxes needs no title that is seen. */
  quiet?: boolean;
};

export type Row = readonly Content[] | { cells: readonly Content[]; href: string };

/**
 * A table that turns into cards on a phone. `href`, to where a link in its cells leads, makes a
 * row one that `j` and `k` walk, and that is known again when the page is brought up to date.
 */
export function table(caption: string, columns: readonly Column[], rows: readonly Row[]): Html {
  return html`<div class="table"><table>
<caption class="unseen">${caption}</caption>
<thead><tr>${columns.map(headOf)}</tr></thead>
<tbody>${rows.map((row) => rowOf(columns, row))}</tbody>
</table></div>`;
}

function headOf({ title, align, quiet }: Column): Html {
  const words = quiet ? html`<span class="unseen">${title}</span>` : title;
  return html`<th scope="col"${align ? html` class="end"` : ""}>${words}</th>`;
}

function rowOf(columns: readonly Column[], row: Row): Html {
  const { cells, href } = "cells" in row ? row : { cells: row, href: null };
  const written = columns.map((column, index) => cellOf(column, cells[index] ?? ""));
  const item = href === null ? "" : html` id="row:${href}" data-item`;
  return html`<tr${item}>${written}</tr>
`;
}

function cellOf({ title, align, leads, quiet }: Column, content: Content): Html {
  const classes = [align, leads && "leads", quiet && "quiet"].filter(Boolean).join(" ");
  // On a phone a cell stands beside its title: in one piece, however many it is made of.
  const whole = content === "" || content === null ? "" : html`<div>${content}</div>`;
  return html`<td class="${classes}" data-title="${title}">${whole}</td>`;
}
