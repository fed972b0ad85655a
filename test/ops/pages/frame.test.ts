import { expect, test } from "vitest";
import { framed } from "../../../src/ops/pages/frame.ts";
import { html } from "../../../src/ops/pages/html.ts";

const headWith = (problems: string | null) => {
  const operator = { name: "ann", role: "operator" } as const;
  const around = { operator, csrf: html``, problems, notices: [], hasSwitchboard: false };
  return framed(around, { title: "Stock", content: html`` }).toString();
};

test("the head tells problems that could not be counted from none", () => {
  expect(headWith("3")).toContain('<span class="count">3</span>');
  expect(headWith("500+")).toContain('<span class="count">500+</span>');
  expect(headWith("0")).not.toContain('class="count"');
  expect(headWith(null)).toContain(
    '<span class="count" title="The problems could not be counted">?</span>',
  );
});
