import { describe, expect, test } from "vitest";
import {
  frameOf,
  type Origin,
  shortPath,
} from "../../../../scripts/bench/pictures/frame-origin.ts";

const home = "file:///srv/aurora";

describe("a file's path", () => {
  test.each([
    [`${home}/src/orders/advance.ts`, "src/orders/advance.ts"],
    ["file:///C:/src/aurora/src/api/server.ts", "src/api/server.ts"],
    ["C:\\code\\aurora\\sandbox\\main.ts", "sandbox/main.ts"],
    [`${home}/node_modules/bullmq/dist/esm/src/job.js`, "bullmq/dist/esm/src/job.js"],
    [`${home}/node_modules/a/node_modules/@b/c/d.js`, "@b/c/d.js"],
    ["node:internal/timers", "node:internal/timers"],
    ["wasm://wasm/00ad0bc6", "wasm"],
    ["file:///srv/tool.js", "tool.js"],
    ["evalmachine.<anonymous>", "evalmachine.<anonymous>"],
  ])("%s is shown as %s", (url, short) => expect(shortPath(url)).toBe(short));
});

describe("a call", () => {
  const frame = (functionName: string, url: string, scriptId = "7", caller: Origin = "database") =>
    frameOf({ id: 1, callFrame: { functionName, scriptId, url, lineNumber: 41 } }, caller);

  test.each<[string, Origin]>([
    ["src/api/app.ts", "aurora"],
    ["sandbox/main.ts", "aurora"],
    ["node_modules/ioredis/built/Redis.js", "queues"],
    ["node_modules/msgpackr/dist/node.cjs", "queues"],
    ["node_modules/pg-pool/index.js", "database"],
    ["node_modules/kysely/dist/index.js", "database"],
    ["node_modules/@hono/node-server/dist/index.mjs", "http"],
    ["node_modules/@sendgrid/mail/index.js", "suppliers"],
    ["node_modules/axios/dist/node/axios.cjs", "suppliers"],
    ["node_modules/pino/lib/proto.js", "logs"],
    // Only a whole name counts.
    ["node_modules/pgsomething/index.js", "packages"],
  ])("in %s belongs to %s", (path, origin) => {
    expect(frame("run", `${home}/${path}`)).toMatchObject({ name: "run", origin });
  });

  test("without a name is called by its line", () => {
    expect(frame("", `${home}/src/api/app.ts`)).toMatchObject({ name: "app.ts:42" });
  });

  test("of V8 or Node itself belongs to Node, and garbage to nobody", () => {
    expect(frame("writev", "", "0")).toEqual({ name: "writev", file: "", origin: "node" });
    expect(frame("", "", "0")).toEqual({ name: "native code", file: "", origin: "node" });
    expect(frame("(program)", "", "0")).toMatchObject({ name: "native code", origin: "node" });
    expect(frame("emit", "node:events")).toMatchObject({ origin: "node", file: "node:events" });
    expect(frame("(garbage collector)", "", "0")).toMatchObject({ origin: "garbage" });
  });

  test("into code that was made at run time belongs to its caller", () => {
    expect(frame("", "", "404")).toEqual({ name: "generated code", file: "", origin: "database" });
  });

  test("of a regular expression doesn't carry its text", () => {
    expect(frame("RegExp: /srv/aurora/.*", "", "0").name).toBe("RegExp");
  });
});
