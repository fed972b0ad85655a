import { describe, expect, test } from "vitest";
import { filesIn, place, type TextFile } from "./repository.ts";

const source = [...filesIn("src/", ".ts"), ...filesIn("scripts/", ".ts")];

describe("an order's status", () => {
  test("is changed by src/orders/advance.ts alone", () => {
    expect(withoutPlaces(statusChanges(source))).toEqual(["src/orders/advance.ts"]);
  });

  test("is first written by src/orders/insert-orders.ts alone, or with a past made up", () => {
    expect(withoutPlaces(insertions(source)).sort()).toEqual([
      "scripts/bench/history/order-rows.ts",
      "src/orders/insert-orders.ts",
    ]);
  });

  test.each([
    "UPDATE orders SET status = 'paid' WHERE id = $1",
    "update orders\n set due_at = null, status = $1 where id = $2",
    "UPDATE orders AS o SET due_at = (SELECT now() WHERE true), status = 'paid'",
    "UPDATE public.orders o SET (status, due_at) = ('paid', null)",
    'db.updateTable("orders").set({ due_at: null, status: "paid" }).where("id", "=", id)',
    "db.updateTable('orders as o').set('status', 'paid')",
    'MERGE INTO orders USING x ON true WHEN MATCHED THEN UPDATE SET status = "paid"',
  ])("is seen to be changed by %s", (text) => {
    expect(statusChanges([{ path: "src/x.ts", text: `const a = 1;\n${text};` }])).toEqual([
      "src/x.ts:2",
    ]);
  });

  test.each([
    "UPDATE orders SET due_at = now() WHERE status = ANY($1)",
    "UPDATE orders SET attention = $1 FROM l WHERE status = 'paid' RETURNING status",
    "UPDATE payments SET status = 'captured' WHERE id = $1",
    "UPDATE order_edits SET status = 'done'",
    'db.updateTable("orders").set({ due_at: null }).where("status", "=", "paid")',
  ])("is not seen to be changed by %s", (text) => {
    expect(statusChanges([{ path: "src/x.ts", text }])).toEqual([]);
  });
});

describe("a payment's status", () => {
  /** One follows Stripe; the others end what Stripe was never asked for, or does not want. */
  const doors = [
    "src/orders/paying/payment-rows.ts",
    "src/orders/paying/set-aside.ts",
    "src/orders/paying/start-payments.ts",
    "src/payments/attempts.ts",
  ];

  test("follows Stripe through paying/payment-rows.ts alone, which applyIntents calls", () => {
    expect(withoutPlaces(statusChanges(source, "payments")).sort()).toEqual(doors);
    const callers = source.filter(({ text }) => /\bsavePayments\(/.test(text));
    expect(callers.map(({ path }) => path).sort()).toEqual([
      "src/orders/paying/apply-intent.ts",
      "src/orders/paying/payment-rows.ts",
    ]);
  });

  test("is captured nowhere but there", () => {
    const writes = source.filter(({ text }) => /captured_minor = (?!captured_minor)/.test(text));
    const places = writes
      .map(({ path }) => path)
      .filter((path) => !path.startsWith("src/invariants/"));
    expect(places).toEqual(["src/orders/paying/payment-rows.ts"]);
  });

  test("is seen to be changed elsewhere", () => {
    const text = "UPDATE payments SET status = 'captured' WHERE id = $1";
    expect(statusChanges([{ path: "src/x.ts", text }], "payments")).toEqual(["src/x.ts:1"]);
    expect(statusChanges([{ path: "src/x.ts", text }], "orders")).toEqual([]);
  });
});

describe("what speaks to a server", () => {
  test("listens for its errors, since an unheard one ends the process", () => {
    expect(unheard(source)).toEqual([]);
  });

  test.each(["Queue", "Worker", "Pool", "Redis", "Client", "QueueEvents"])(
    "is missed when a new %s has no listener",
    (name) => {
      const text = `const it = new ${name}(1);\n`;
      expect(unheard([{ path: "src/x.ts", text }])).toEqual([`src/x.ts: 1 made, 0 heard`]);
      expect(unheard([{ path: "src/x.ts", text: `${text}it.on("error", log);` }])).toEqual([]);
    },
  );
});

function withoutPlaces(found: string[]): string[] {
  return [...new Set(found.map((each) => each.split(":")[0]!))];
}

/** Places where an UPDATE of a table, in SQL or through Kysely, sets the column `status`. */
function statusChanges(files: readonly TextFile[], table = "orders"): string[] {
  const words = `\\b(?:UPDATE\\s+(?:public\\.)?${table}\\b|MERGE\\s+INTO\\s+${table}\\b)`;
  const statements = [
    new RegExp(`${words}(?<rest>[^;\`]*)`, "gi"),
    new RegExp(`updateTable\\(\\s*["'\`]${table}\\b(?<rest>[^;]*)`, "g"),
  ];
  return files.flatMap((file) =>
    statements.flatMap((statement) =>
      [...file.text.matchAll(statement)]
        .filter(({ groups }) => setsStatus(groups?.["rest"] ?? ""))
        .map(({ index }) => place(file, index)),
    ),
  );
}

function setsStatus(rest: string): boolean {
  const kysely = /\.set\(([\s\S]*)/.exec(rest)?.[1]?.split(/\.(?:where|from|returning)/)[0];
  if (kysely !== undefined) return /(?:^|[{,(\s])["'`]?status["'`]?\s*[:,]/.test(kysely);
  const assignments = /\bSET\b([\s\S]*)/i.exec(rest)?.[1] ?? "";
  if (/^\s*\([^)]*\bstatus\b/i.test(assignments)) return true;
  const flat = withoutParentheses(assignments).split(/\b(?:WHERE|FROM|RETURNING)\b/i)[0]!;
  return /(?:^|,)\s*status\s*=/i.test(flat);
}

/** A WHERE within parentheses, as of a subquery, doesn't end the list of assignments. */
function withoutParentheses(sql: string): string {
  let [before, after] = [sql, sql.replaceAll(/\([^()]*\)/g, "")];
  while (before !== after) [before, after] = [after, after.replaceAll(/\([^()]*\)/g, "")];
  return after;
}

function insertions(files: readonly TextFile[]): string[] {
  const pattern = /\bINSERT\s+INTO\s+(?:public\.)?orders\b|insertInto\(\s*["'`]orders\b/gi;
  return files.flatMap((file) =>
    [...file.text.matchAll(pattern)].map(({ index }) => place(file, index)),
  );
}

function unheard(files: readonly TextFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const made =
      text.match(/\bnew (?:Queue|QueueEvents|Worker|Pool|Client|I?O?Redis)\(/g)?.length ?? 0;
    const heard = text.match(/\.on\(\s*"error"/g)?.length ?? 0;
    return heard < made ? [`${path}: ${made} made, ${heard} heard`] : [];
  });
}
