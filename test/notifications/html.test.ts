import fc from "fast-check";
import { expect, test } from "vitest";
import { html, verbatim } from "../../src/notifications/html.ts";

test("escapes every value, in text and in quoted attributes", () => {
  const name = `<script>alert("x")</script> & 'Co'`;
  expect(html`<p title="${name}">${name}</p>`.text).toBe(
    '<p title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;Co&#39;">' +
      "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;Co&#39;</p>",
  );
});

test("lets no value open a tag or leave an attribute", () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const inside = html`${value}`.text;
      expect(inside).not.toMatch(/[<>"']/);
      expect(inside.replace(/&(amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
    }),
  );
});

test("keeps HTML of its own as it is, writes lists in order, and leaves nothing for null", () => {
  const rows = ["a", "<b>"].map((text) => html`<li>${text}</li>`);
  expect(html`<ul>${rows}${null}${3}</ul>${verbatim("&nbsp;")}`.text).toBe(
    "<ul><li>a</li><li>&lt;b&gt;</li>3</ul>&nbsp;",
  );
});
