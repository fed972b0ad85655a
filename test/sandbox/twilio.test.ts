import twilio from "twilio";
import { describe, expect, test } from "vitest";
import type { Sms } from "../../sandbox/twilio/sms.ts";
import { waitFor } from "../support/wait-for.ts";
import { startStandIns } from "./stand-ins.ts";

const ACCOUNT = `AC${"0".repeat(32)}`;
const message = { to: "+447700900123", from: "+15005550006", body: "Order A1 is paid." };

/** Twilio's SDK has no setting for its address, so the requests are led here. */
class Redirected extends twilio.RequestClient {
  url = "";

  override request<Data>(options: Parameters<twilio.RequestClient["request"]>[0]) {
    const uri = options.uri.replace("https://api.twilio.com", this.url);
    return super.request<Data>({ ...options, uri } as never);
  }
}

async function startTwilio(token = "a token") {
  const standIns = await startStandIns({ twilioToken: "a token" });
  const httpClient = new Redirected();
  httpClient.url = standIns.url;
  return { ...standIns, client: twilio(ACCOUNT, token, { httpClient }) };
}

describe("Twilio's stand-in", () => {
  test("takes a message with 201, and soon has delivered it", async () => {
    const { client, read } = await startTwilio();
    const sent = await client.messages.create(message);
    expect(sent).toMatchObject({ status: "queued", numSegments: "1", direction: "outbound-api" });
    expect(sent.sid).toMatch(/^SM[0-9a-f]{32}$/);
    expect(sent.dateCreated.getTime()).toBeGreaterThan(0);
    await waitFor("the delivery", async () => {
      return (await client.messages(sent.sid).fetch()).status === "delivered";
    });
    const kept = await read<Sms[]>("/sms?to=%2B447700900123&orderId=A1");
    expect(kept).toMatchObject([{ id: sent.sid, body: message.body }]);
    expect(await read("/sms?orderId=A2")).toEqual([]);
  });

  test("counts a Russian text in parts of 70 letters", async () => {
    const { client } = await startTwilio();
    const body = "Ваш заказ отменён. ".repeat(5);
    expect((await client.messages.create({ ...message, body })).numSegments).toBe("2");
  });

  test.each([
    ["a To that is no number", { to: "12345" }, 21211],
    ["Twilio's own invalid number", { to: "+15005550001" }, 21211],
    ["an unsubscribed number", { to: "+15005550004" }, 21610],
    ["a From that is none", { from: "+1" }, 21212],
    ["an empty body", { body: "" }, 21602],
    ["a body too long", { body: "x".repeat(1_601) }, 21617],
  ])("refuses %s with 400 and Twilio's code", async (_name, change, code) => {
    const { client, read } = await startTwilio();
    const sending = client.messages.create({ ...message, ...change });
    await expect(sending).rejects.toMatchObject({ status: 400, code });
    expect(await read("/sms")).toEqual([]);
  });

  test("refuses a wrong token with 401, and knows no other message", async () => {
    const wrong = await startTwilio("another token");
    const sending = wrong.client.messages.create(message);
    await expect(sending).rejects.toMatchObject({ status: 401, code: 20003 });
    const { client } = await startTwilio();
    const fetching = client.messages(`SM${"0".repeat(32)}`).fetch();
    await expect(fetching).rejects.toMatchObject({ status: 404, code: 20404 });
  });
});
