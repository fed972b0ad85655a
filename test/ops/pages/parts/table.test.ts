import { expect, test } from "vitest";
import { html } from "../../../../src/ops/pages/html.ts";
import { table } from "../../../../src/ops/pages/parts/table.ts";

test("a cell is one piece beside its title on a phone, and nothing where it is empty", () => {
  const columns = [{ title: "Order" }, { title: "Matter" }, { title: "For" }];
  const matter = html`It waits.<p>And: its mail is late.</p>`;
  const text = table("Orders", columns, [["4Q7K", matter, ""]]).toString();
  expect(text).toContain(
    `<td class="" data-title="Matter"><div>It waits.<p>And: its mail is late.</p></div></td>`,
  );
  expect(text).toContain('<td class="" data-title="For"></td>');
});
