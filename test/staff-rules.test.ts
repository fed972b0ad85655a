import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readConfig } from "../src/config.ts";

const base = { DATABASE_URL: "postgres://x/y", REDIS_URL: "redis://x" };
const outside = { ...base, PUBLIC_URL: "https://orders.example" };
const read = (rules: unknown, env: Record<string, string> = outside) => {
  const text = typeof rules === "string" ? rules : JSON.stringify(rules);
  return readConfig({ ...env, STAFF_RULES: text }, ["outside"]).outside.STAFF_RULES;
};
const to = ["boss@shop.example"];

describe("STAFF_RULES", () => {
  const rules = {
    rules: [
      { event: "payment_captured", minimum: { gbp: 50_000 }, sku: "LAMP-*", to },
      { event: "dispute_opened", to: ["+447700900123", ...to] },
    ],
    onCall: { to, afterMinutes: 5 },
  };

  test("are JSON, or the name of a file with it", () => {
    expect(read(rules)).toEqual(rules);
    const folder = mkdtempSync(path.join(tmpdir(), "aurora-rules-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, "rules.json");
    writeFileSync(file, JSON.stringify(rules));
    expect(read(file)).toEqual(rules);
  });

  test("may be left out, whole or in part", () => {
    expect(readConfig(base, ["outside"]).outside.STAFF_RULES).toBeUndefined();
    expect(read({})).toEqual({ rules: [], onCall: null });
    expect(read({ onCall: { to } })).toEqual({ rules: [], onCall: { to, afterMinutes: 10 } });
  });

  test.for([
    [{ rules: [{ event: "paid", to }] }, "rules.0.event: must be one of placed, checked_out,"],
    [{ rules: [{ event: "placed" }] }, "rules.0.to: must be a list of addresses and numbers"],
    [{ rules: [{ event: "placed", to: [] }] }, "rules.0.to: "],
    [{ rules: [{ event: "placed", to: ["boss"] }] }, "rules.0.to.0: must be an e-mail address, or"],
    [
      { rules: [{ event: "placed", minimum: { GBP: 1 }, to }] },
      "rules.0.minimum.GBP: must be amounts by currency in small",
    ],
    [{ rules: [{ event: "placed", minimum: { gbp: 1.5 }, to }] }, "rules.0.minimum.gbp: "],
    [{ rules: [{ event: "placed", colour: "red", to }] }, "rules.0: Unrecognized key"],
    [{ onCall: { to, afterMinutes: 0 } }, "onCall.afterMinutes: "],
    ["{", "needs JSON, or the name of a file with JSON"],
    ["/no/such/file.json", "needs JSON, or the name of a file with JSON: ENOENT"],
    ["[]", "needs JSON, or the name"],
  ] as const)("%j is refused, and the field is named", ([wrong, said]) => {
    expect(() => read(wrong)).toThrow(`STAFF_RULES: ${said}`);
  });

  test("need the address that their links lead to", () => {
    expect(() => read(rules, base)).toThrow("STAFF_RULES: needs PUBLIC_URL");
  });
});
