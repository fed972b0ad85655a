import { describe, expect, test } from "vitest";
import { errorOf, newIntent, startStandIns, stripeClient } from "./stand-ins.ts";

describe("a browser", () => {
  test("reads and confirms with the client secret, and sees less", async () => {
    const { stripe, url } = await startStandIns();
    const { id, client_secret } = await newIntent(stripe, { metadata: { order_id: "o1" } });
    const browser = stripeClient(url, "pk_test_of_a_browser");
    const secret = { client_secret: client_secret ?? "" };

    const seen = await browser.paymentIntents.retrieve(id, secret);
    expect(seen).toMatchObject({ id, amount: 1999 });
    expect(seen).not.toHaveProperty("metadata");
    const preflight = await fetch(`${url}/v1/payment_intents/${id}/confirm`, {
      method: "OPTIONS",
      headers: {
        origin: "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
    const form = new URLSearchParams({ ...secret, payment_method: "pm_card_visa" });
    const paid = await fetch(`${url}/v1/payment_intents/${id}/confirm`, {
      method: "POST",
      headers: { authorization: "Bearer pk_test_of_a_browser", origin: "https://shop.example" },
      body: form,
    });
    expect(paid.headers.get("access-control-allow-origin")).toBe("*");
    expect(await paid.json()).toMatchObject({ status: "succeeded" });
  });

  test("is refused without the client secret, with a wrong one, and everything else", async () => {
    const { stripe, url } = await startStandIns();
    const { id } = await newIntent(stripe);
    const browser = stripeClient(url, "pk_test_of_a_browser");

    const missing = await errorOf(browser.paymentIntents.retrieve(id));
    expect(missing).toMatchObject({ code: "parameter_missing", param: "client_secret" });
    const client_secret = `${id}_secret_of_somebody_else`;
    const wrong = await errorOf(browser.paymentIntents.retrieve(id, { client_secret }));
    expect(wrong).toMatchObject({ statusCode: 400, param: "client_secret" });
    expect(await errorOf(browser.paymentIntents.cancel(id))).toMatchObject({ statusCode: 403 });
    expect(await errorOf(browser.events.list())).toMatchObject({ statusCode: 403 });
  });
});
