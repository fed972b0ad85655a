import { describe, expect, test } from "vitest";
import { generateSettings } from "../../../scripts/world/local-settings.ts";
import { chooseStandIns, worldSettings } from "../../../scripts/world/world-settings.ts";
import { readConfig } from "../../../src/config.ts";

const addresses = {
  databaseUrl: "postgres://aurora@127.0.0.1:5555/aurora",
  redisUrl: "redis://127.0.0.1:6666",
  webPort: 3000,
  sandboxPort: 3001,
};

function settingsFor(env: Record<string, string>): Record<string, string> {
  return worldSettings(env, generateSettings(), chooseStandIns(env), addresses);
}

describe("the settings of the local world", () => {
  test("are complete and accepted by every process, with nothing set by hand", () => {
    const { web, stripe, mail, sms } = readConfig(settingsFor({}), [
      ...(["web", "server", "contacts", "webhooks", "stripe", "mail", "sms"] as const),
    ]);
    const standIn = "http://127.0.0.1:3001";
    expect(web.PORT).toBe(3000);
    expect([stripe.STRIPE_URL, mail.SENDGRID_URL, sms.TWILIO_URL]).toEqual([
      standIn,
      standIn,
      standIn,
    ]);
  });

  test("leave a service whose key is set to the real one, and only that", () => {
    const settings = settingsFor({
      STRIPE_SECRET_KEY: "rk_live_1",
      PAY_URL_TEMPLATE: "https://shop.example/pay?order={orderId}#{token}",
    });
    expect(settings).toMatchObject({
      STRIPE_SECRET_KEY: "rk_live_1",
      SENDGRID_URL: "http://127.0.0.1:3001",
      PAY_URL_TEMPLATE: "https://shop.example/pay?order={orderId}#{token}",
    });
    expect(settings).not.toHaveProperty("STRIPE_URL");
  });

  test("leave a service where its address says, if one says so", () => {
    const named = { SENDGRID_API_KEY: "SG.1", MAIL_FROM: "a@b.example" };
    const SENDGRID_URL = "http://127.0.0.1:9";
    expect(settingsFor({ ...named, SENDGRID_URL })).toMatchObject({ SENDGRID_URL });
  });

  test("let one's own settings win, but not an empty line of .env", () => {
    const settings = settingsFor({ HOLD_MINUTES: "5", SERVER_KEY: "", DATABASE_URL: "" });
    expect(settings).toMatchObject({ HOLD_MINUTES: "5", DATABASE_URL: addresses.databaseUrl });
    expect(settings["SERVER_KEY"]).toHaveLength(44);
  });

  test("refuse a real service that lacks something, and name it", () => {
    expect(() => settingsFor({ TWILIO_ACCOUNT_SID: "AC1", TWILIO_FROM: "+1" })).toThrow(
      "TWILIO_ACCOUNT_SID is set, but TWILIO_AUTH_TOKEN is not.",
    );
  });
});
