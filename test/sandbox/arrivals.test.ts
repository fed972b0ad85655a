import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { Arrivals } from "../../sandbox/sendgrid/arrivals.ts";
import { createSendGridMailer } from "../../src/sendgrid/mailer.ts";
import { startStandIns } from "./stand-ins.ts";

async function startMail() {
  const { url } = await startStandIns();
  const settings = { apiKey: "SG.tests", url, from: "orders@shop.example", timeoutMs: 5_000 };
  const mailer = createSendGridMailer(settings);
  const send = (orderId: string | null) =>
    mailer.send({
      ...{ to: "ada@example.com", toName: null, template: "order_paid", orderId },
      ...{ subject: "Paid", text: "Thank you.", html: "Thank you.", notificationId: "n1" },
    });
  const follow = async () => {
    const asked = get(new URL("/_sandbox/mail/arrivals", url), { agent: false });
    const [stream] = (await once(asked, "response")) as [IncomingMessage];
    stream.on("error", () => undefined);
    onTestFinished(() => void stream.destroy());
    const lines = createInterface({ input: stream })[Symbol.asyncIterator]();
    return { leave: () => stream.destroy(), next: async () => (await lines.next()).value };
  };
  return { send, follow };
}

test("tells each who follows of each mail about an order, and when it came", async () => {
  const { send, follow } = await startMail();
  const followers = [await follow(), await follow()];
  const since = Date.now();
  for (const orderId of ["o1", null, "o2"]) await send(orderId);
  for (const { next } of followers) {
    const lines = [await next(), await next()].map((line = "") => line.split(" "));
    expect(lines.map(([orderId]) => orderId)).toEqual(["o1", "o2"]);
    for (const [, at] of lines) {
      expect(Number(at)).toBeGreaterThanOrEqual(since);
      expect(Number(at)).toBeLessThanOrEqual(Date.now());
    }
  }
});

test("takes mails, and tells the others, when a follower has left", async () => {
  const { send, follow } = await startMail();
  const [leaving, staying] = [await follow(), await follow()];
  await send("o1");
  expect(await leaving.next()).toMatch(/^o1 /);
  leaving.leave();
  for (const orderId of ["o2", "o3", "o4"]) await send(orderId);
  for (const orderId of ["o1", "o2", "o3", "o4"]) {
    expect(await staying.next()).toMatch(new RegExp(`^${orderId} `));
  }
});

test("forgets who has left, who can be told nothing more", async () => {
  const arrivals = new Arrivals();
  const [leaving, staying] = [arrivals.follow().getReader(), arrivals.follow().getReader()];
  await leaving.cancel();
  arrivals.tell({ orderId: "o1" });
  const { value } = await staying.read();
  expect(new TextDecoder().decode(value)).toMatch(/^o1 \d+\n$/);
});
