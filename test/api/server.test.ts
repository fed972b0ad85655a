import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, connect as dial, type Socket } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../src/db/connect.ts";
import { putProducts } from "../../src/inventory/products.ts";
import { createLog } from "../../src/log.ts";
import { createKey, createShop } from "../../src/orders/shops.ts";
import { useDatabase } from "../support/database.ts";
import { startGate } from "../support/gate.ts";
import { waitFor } from "../support/wait-for.ts";
import { addressOf, startWeb, webSettings } from "../support/web.ts";

const database = useDatabase();
let key = "";

beforeAll(async () => {
  const log = createLog("test", { level: "error", format: "pretty" });
  const db = connect({ DATABASE_URL: database.url, DATABASE_POOL: 1 }, log);
  const shop = await createShop(db, { name: "Shop", currency: "gbp", origins: [] });
  key = (await createKey(db, shop.id, "secret")).key;
  await putProducts(db, [
    { sku: "MUG", name: "Mug", priceMinor: 500, currency: "gbp", active: true },
  ]);
  await db.destroy();
});

const authorization = () => `Bearer ${key}`;

async function ask(url: string, method: string, body?: string | ReadableStream) {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: authorization(),
      "content-type": "application/json",
      "idempotency-key": randomUUID(),
    },
    ...(body === undefined ? {} : { body, duplex: "half" }),
  } as RequestInit);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function lineOf(output: string, text: string): string | undefined {
  return output.split("\n").find((line) => line.includes(text));
}

const order = JSON.stringify({
  contact: { email: "ada@example.com" },
  lines: [{ sku: "MUG", quantity: 1 }],
});

describe("the web process", () => {
  test("starts and accepts orders without Redis, and ends well on SIGTERM", async () => {
    const web = startWeb(webSettings(database.url));
    const url = await addressOf(web);
    const placed = await ask(`${url}/v1/orders`, "POST", order);
    expect(placed).toMatchObject({ status: 202, body: { status: "reserving" } });
    const line = await waitFor("the log line", () => lineOf(web.output(), '"path":"/v1/orders"'));
    expect(JSON.parse(line)).toMatchObject({
      message: "request",
      process: "web",
      method: "POST",
      httpStatus: 202,
      orderId: placed.body["id"],
    });
    expect(web.output()).not.toContain("ada@example.com");
    expect(web.output()).not.toContain(key);
    web.child.kill("SIGTERM");
    expect(await web.ended).toBe(0);
  });

  test("finishes what it has begun when it is told to stop", async () => {
    const web = startWeb(webSettings(database.url));
    const url = new URL(await addressOf(web));
    const socket = dial({ host: url.hostname, port: Number(url.port) });
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk));
    const head = `authorization: ${authorization()}\r\nidempotency-key: ${randomUUID()}\r\n`;
    socket.write(
      `POST /v1/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${head}` +
        `content-length: ${order.length}\r\n\r\n${order.slice(0, 10)}`,
    );
    expect((await fetch(`${url.origin}/livez`)).status).toBe(200);
    web.child.kill("SIGTERM");
    await waitFor("web to stop", () => web.output().includes('"stopping"'));
    socket.write(order.slice(10));
    await once(socket, "close");
    expect(answer).toMatch(/^HTTP\/1\.1 202 /);
    expect(await web.ended).toBe(0);
  });

  test("ends in time though a client never finishes", async () => {
    const web = startWeb({ ...webSettings(database.url), STOP_SECONDS: "4" });
    const url = new URL(await addressOf(web));
    const socket = dial({ host: url.hostname, port: Number(url.port) });
    socket.on("error", () => undefined);
    socket.write("POST /v1/orders HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{");
    expect((await fetch(`${url.origin}/livez`)).status).toBe(200);
    const startedAt = performance.now();
    web.child.kill("SIGTERM");
    expect(await web.ended).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  test("serves others while 300 sockets dawdle", async () => {
    const web = startWeb(webSettings(database.url));
    const url = new URL(await addressOf(web));
    const sockets: Socket[] = Array.from({ length: 300 }, () => {
      const socket = dial({ host: url.hostname, port: Number(url.port) });
      socket.on("error", () => undefined);
      socket.write("GET /livez HTTP/1.1\r\nhost:");
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    for (let asked = 0; asked < 20; asked++) {
      const startedAt = performance.now();
      expect((await fetch(`${url.origin}/livez`)).status).toBe(200);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    }
    for (const socket of sockets) socket.destroy();
  });

  test("cuts off a body without end, and lives on", async () => {
    const web = startWeb(webSettings(database.url));
    const url = await addressOf(web);
    const endless = () =>
      new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
    for (let round = 0; round < 5; round++) {
      const outcome = await ask(`${url}/v1/orders`, "POST", endless()).then(
        ({ status }) => status,
        () => "cut off",
      );
      expect([413, "cut off"]).toContain(outcome);
    }
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect(web.child.exitCode).toBeNull();
  });

  test("outlives PostgreSQL, however often its connections are cut under load", async () => {
    const gate = await startGate(database.url);
    const web = startWeb(webSettings(gate.url));
    const url = await addressOf(web);
    const statuses = new Set<number>();
    let isOver = false;
    const clients = Array.from({ length: 10 }, async () => {
      while (!isOver) statuses.add((await ask(`${url}/v1/orders`, "POST", order)).status);
    });
    for (let cuts = 0; cuts < 10; cuts++) {
      await waitFor(
        "an order",
        async () => (await ask(`${url}/v1/orders`, "POST", order)).status === 202,
      );
      gate.close();
      await waitFor(
        "a 503",
        async () => (await ask(`${url}/v1/orders`, "POST", order)).status === 503,
      );
      gate.open();
    }
    isOver = true;
    await Promise.all(clients);
    expect([...statuses].sort()).toEqual([202, 503]);
    expect(web.child.exitCode).toBeNull();
    await gate.end();
  });

  test("says which port is taken, and ends", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const address = squatter.address();
    const port = String(typeof address === "object" ? address?.port : "");
    const web = startWeb({ ...webSettings(database.url), PORT: port });
    expect(await web.ended).toBe(1);
    expect(web.output()).toContain(`Port ${port} is taken.`);
    expect(web.output()).toContain("set PORT to another");
    squatter.close();
  });

  test("names every setting that is missing or wrong, and ends", async () => {
    const web = startWeb({ ...webSettings("mysql://x"), PORT: "high", SERVER_KEY: "" });
    expect(await web.ended).toBe(1);
    for (const name of ["DATABASE_URL", "PORT", "SERVER_KEY"]) {
      expect(web.output()).toContain(`  ${name}: `);
    }
    expect(web.output()).not.toContain("\n    at ");
  });
});
