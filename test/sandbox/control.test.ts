import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type ControlDesk, controlRoutes } from "../../sandbox/control.ts";
import { waitFor } from "../support/wait-for.ts";
import { errorOf, newIntent, startReceiver, startStandIns, WEBHOOK_SECRET } from "./stand-ins.ts";

const readme = new URL("../../sandbox/README.md", import.meta.url);
const main = new URL("../../sandbox/main.ts", import.meta.url);

describe("the control API", () => {
  test("has the routes that the README's table lists, and no other", async () => {
    const text = await readFile(readme, "utf8");
    const listed = [...text.matchAll(/^\| `([A-Z]+) (\/_sandbox\S*)`/gm)].map(
      ([, method, path]) => `${method} ${path}`,
    );
    const routes = controlRoutes({} as ControlDesk)
      .routes.filter(({ path }) => !path.includes("*"))
      .map(({ method, path }) => `${method} /_sandbox${path}`);
    expect(listed.sort()).toEqual(routes.sort());
  });

  test("is set by the variables that the README's table lists, and no other", async () => {
    const listed = [...(await readFile(readme, "utf8")).matchAll(/^\| `([A-Z_]+)` \|/gm)];
    const read = [...(await readFile(main, "utf8")).matchAll(/"([A-Z]+_[A-Z_]+)"/g)];
    const names = (matches: RegExpExecArray[]) => [...new Set(matches.map(([, name]) => name))];
    expect(names(listed).sort()).toEqual(names(read).sort());
  });

  test("says what is wrong with what it is told, and changes nothing", async () => {
    const { url, stripe } = await startStandIns();
    const { id } = await newIntent(stripe);
    const told: [string, string, number][] = [
      ["/stripe/auto_pay", '{"on":true,"card":"pm_unknown"}', 400],
      ["/stripe/auto_pay", "nonsense", 400],
      ["/stripe/webhooks", "{}", 400],
      [`/stripe/intents/${id}/authenticate`, "", 400],
      ["/stripe/intents/pi_unknown/pay", "", 404],
      ["/stripe/events/evt_unknown/resend", "", 404],
      ["/nothing", "", 404],
    ];
    for (const [path, body, status] of told) {
      const response = await fetch(`${url}/_sandbox${path}`, { method: "POST", body });
      expect([path, response.status]).toEqual([path, status]);
      expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
    }
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe("requires_payment_method");
  });
});

describe("the webhook endpoint", () => {
  test("moves when another one is registered, and then hears what it asked for", async () => {
    const { url, received } = await startReceiver();
    const away = { webhookUrl: "http://127.0.0.1:9/", webhookSecret: WEBHOOK_SECRET };
    const { stripe } = await startStandIns(away);
    const endpoint = await stripe.webhookEndpoints.create({
      url,
      enabled_events: ["payment_intent.created"],
    });
    expect(endpoint.secret).toBe(WEBHOOK_SECRET);
    const { id } = await newIntent(stripe);
    await waitFor("the webhook", () => received.length === 1);
    const event = JSON.parse(received[0]?.body ?? "");
    expect(event).toMatchObject({ type: "payment_intent.created", data: { object: { id } } });
  });

  test("cannot be registered when there is no secret to sign with", async () => {
    const { stripe } = await startStandIns();
    const creating = stripe.webhookEndpoints.create({
      url: "http://127.0.0.1:9/",
      enabled_events: ["*"],
    });
    expect((await errorOf(creating)).message).toContain("STRIPE_WEBHOOK_SECRET");
  });
});
