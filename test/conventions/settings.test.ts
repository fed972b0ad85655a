import { beforeAll, describe, expect, test } from "vitest";
import { settingNames } from "../../src/config.ts";
import { filesIn, textOf } from "./repository.ts";

describe(".env.example", () => {
  let listed: { name: string; explained: boolean }[];
  let names: string[];
  beforeAll(() => {
    listed = settingsOf(textOf(".env.example"));
    names = listed.map(({ name }) => name);
  });

  test("lists every setting of src/config.ts, and none that nobody reads", () => {
    const others = names.filter((name) => !settingNames.includes(name));
    expect(settingNames.filter((name) => !names.includes(name))).toEqual([]);
    expect(others.filter((name) => !isReadBeside(name))).toEqual([]);
  });

  test("lists each once, in the order of src/config.ts", () => {
    expect(names).toEqual([...new Set(names)]);
    expect(names.filter((name) => settingNames.includes(name))).toEqual(settingNames);
  });

  test("explains each in a sentence above it", () => {
    expect(listed.filter(({ explained }) => !explained).map(({ name }) => name)).toEqual([]);
  });
});

describe("a list of settings", () => {
  test("is read with its comments", () => {
    const text = "# Where orders are kept.\nA_URL=x\n# Not set here.\n# B_URL=\n\nC_URL=y\n";
    expect(settingsOf(text)).toEqual([
      { name: "A_URL", explained: true },
      { name: "B_URL", explained: true },
      { name: "C_URL", explained: false },
    ]);
    expect(isReadBeside("A_SETTING_THAT_NOBODY_READS")).toBe(false);
  });
});

describe("the migrations", () => {
  const migrations = filesIn("src/db/migrations/").map(({ path }) => path.split("/").at(-1)!);

  test("are numbered in the order they run, without a gap", () => {
    expect(migrations.length).toBeGreaterThan(0);
    expect(misnumbered(migrations.sort())).toEqual([]);
  });

  test.each([
    [["0001_orders.sql", "0003_refunds.sql"], ["0003_refunds.sql"]],
    [["0001_orders.sql", "0001_refunds.sql"], ["0001_refunds.sql"]],
    [["0001_orders.sql", "2_refunds.sql"], ["2_refunds.sql"]],
    [["0001_Orders.sql"], ["0001_Orders.sql"]],
    [["0001_orders.sql", "0002_refunds.sql"], []],
  ])("numbered as %j have the fault %j", (names, faults) => {
    expect(misnumbered(names)).toEqual(faults);
  });
});

const setting = /^(?:# ?)?([A-Z][A-Z0-9_]*)=/;

/** `NAME=value`, or commented out when it has no default that can be written down. */
function settingsOf(text: string): { name: string; explained: boolean }[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const name = setting.exec(line)?.[1];
    const above = lines[index - 1] ?? "";
    const explained = /^# ?\S+ \S/.test(above) && !setting.test(above);
    return name === undefined ? [] : [{ name, explained }];
  });
}

/** Settings of the stand-ins and of the scripts, which have no part in src/config.ts. */
function isReadBeside(name: string): boolean {
  return [...filesIn("sandbox/", ".ts"), ...filesIn("scripts/", ".ts", ".cjs")].some(({ text }) =>
    new RegExp(`\\b${name}\\b`).test(text),
  );
}

function misnumbered(names: readonly string[]): string[] {
  return names.filter((name, index) => {
    const number = String(index + 1).padStart(4, "0");
    return !new RegExp(`^${number}_[a-z0-9_]+\\.sql$`).test(name);
  });
}
