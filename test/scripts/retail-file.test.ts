import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseCsv, readRetailFile } from "../../scripts/retail-file.ts";

const folder = mkdtempSync(path.join(tmpdir(), "retail-"));
afterAll(() => rmSync(folder, { recursive: true }));

const header = "invoice,sku,description,quantity,ordered_at,unit_price,customer_id,country";

function fileOf(...rows: string[]): string {
  const file = path.join(folder, `${rows.length}-${Math.random()}.csv`);
  writeFileSync(file, [header, ...rows, ""].join("\n"));
  return file;
}

describe("a shop's file", () => {
  test("gives the sample's sales and goods, and names what is no sale", async () => {
    const { goods, sales, skipped } = await readRetailFile("scripts/sample/orders.csv");
    expect(sales).toHaveLength(13);
    expect(skipped).toEqual({ cancellations: 2, withoutGoods: 2, other: 1 });
    expect(goods).toHaveLength(16);
    expect(sales.flatMap(({ lines }) => lines)).toHaveLength(27);
    expect(goods.reduce((sum, { asked }) => sum + asked, 0)).toBe(2_199);
    expect(goods.reduce((sum, { asked, priceMinor }) => sum + asked * priceMinor, 0)).toBe(373_364);
    const units = sales.flatMap(({ lines }) => lines).map(({ quantity }) => quantity);
    expect(units.reduce((sum, quantity) => sum + quantity, 0)).toBe(2_199);
    expect(goods.find(({ sku }) => sku === "60002")?.name).toBe("WOOL SOCKS TWO PAIRS");
  });

  test("prices a SKU by its first row of goods, whatever its case", async () => {
    const file = fileOf(
      "1,10001a,,2,2026-01-01T08:00,0,,X",
      "2,10001a,,2,2026-01-01T08:00,1.05,,X",
      "2,10001A,MUG,3,2026-01-01T08:00,9.99,,X",
    );
    const { goods, sales } = await readRetailFile(file);
    expect(goods).toEqual([{ sku: "10001a", name: "MUG", priceMinor: 105, asked: 5 }]);
    expect(sales).toEqual([
      {
        invoice: "2",
        customerId: null,
        country: "X",
        lines: [
          { sku: "10001a", quantity: 2 },
          { sku: "10001A", quantity: 3 },
        ],
      },
    ]);
  });

  test.each([
    ["2.55", 255],
    ["3", 300],
    ["0.085", 9],
    ["1234.5", 123_450],
    ["0.01", 1],
  ])("reads a price of %s as %i in minor units", async (price, priceMinor) => {
    const { goods } = await readRetailFile(fileOf(`1,10001,MUG,1,x,${price},7,X`));
    expect(goods[0]?.priceMinor).toBe(priceMinor);
  });

  test.each(["-1.5", "0", "0.00", "", "free", "1e3"])(
    "takes no goods at a price of %j",
    async (price) => {
      const { goods, skipped } = await readRetailFile(fileOf(`1,10001,MUG,1,x,${price},7,X`));
      expect([goods, skipped.withoutGoods]).toEqual([[], 1]);
    },
  );

  test("says what is missing when it is none", async () => {
    await expect(readRetailFile(path.join(folder, "none.csv"))).rejects.toThrow("can't be read");
    const wrong = path.join(folder, "wrong.csv");
    writeFileSync(wrong, "a,b\n1,2\n");
    await expect(readRetailFile(wrong)).rejects.toThrow("has no column invoice, sku");
  });
});

describe("CSV", () => {
  test("may quote commas, quotes and line breaks, and end its lines in any way", () => {
    expect(parseCsv('a,"b, ""c""","d\ne"\r\n,,\n"",x')).toEqual([
      ["a", 'b, "c"', "d\ne"],
      ["", "", ""],
      ["", "x"],
    ]);
    expect(parseCsv("a,b,\n")).toEqual([["a", "b", ""]]);
    expect(parseCsv("a,")).toEqual([["a", ""]]);
    expect(parseCsv("")).toEqual([]);
  });

  test("with a stray quote is refused by its row", () => {
    expect(() => parseCsv('a\nb"c\n')).toThrow("Row 2 is no CSV");
    expect(() => parseCsv('a\n"b')).toThrow("Row 2 is no CSV");
  });
});
