import { describe, expect, test } from "vitest";
import { allWithin, named, ofClass, readSvg } from "./read-svg.ts";

describe("the reader of pictures", () => {
  test("reads elements, attributes and texts", () => {
    const svg = readSvg(
      '<svg a="1"><g class="x y"><text b="&lt;">1 &amp; 2</text></g><rect/></svg>\n',
    );
    expect(svg.attributes).toEqual({ a: "1" });
    expect(allWithin(svg).map(({ name }) => name)).toEqual(["g", "text", "rect"]);
    expect(named(svg, "text")).toMatchObject([{ text: "1 & 2", attributes: { b: "<" } }]);
    expect(ofClass(svg, "y")).toHaveLength(1);
  });

  test.each([
    ["an element without an end", "<svg><g></svg>"],
    ["an end too early", "<svg><g></svg></g>"],
    ["a document without an end", "<svg><g></g>"],
    ["a second document", "<svg/><svg/>"],
    ["a bare <", "<svg>a < b</svg>"],
    ["a bare &", "<svg>a & b</svg>"],
    ["an entity of HTML", "<svg>&nbsp;</svg>"],
    ["an attribute without quotes", "<svg a=1/>"],
    ["an attribute given twice", '<svg a="1" a="2"/>'],
    ["a < in an attribute", '<svg a="<"/>'],
    ["a control character", "<svg>\u0001</svg>"],
    ["half a letter", "<svg>\ud83d</svg>"],
    ["text around it", "x <svg/>"],
    ["nothing", ""],
  ])("refuses %s", (_, text) => expect(() => readSvg(text)).toThrow());
});
