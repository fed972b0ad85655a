import { describe, expect, test } from "vitest";
import type { Mail } from "../../sandbox/sendgrid/mail.ts";
import { newIntent, startStandIns } from "./stand-ins.ts";

async function startPages() {
  const standIns = await startStandIns();
  const open = async (path: string) => {
    const response = await fetch(standIns.url + path);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const press = (id: string, act: string) =>
    fetch(`${standIns.url}/payments/${id}`, {
      method: "POST",
      headers: { origin: standIns.url },
      body: new URLSearchParams({ act }),
      redirect: "manual",
    });
  return { ...standIns, open, press };
}

describe("the pages", () => {
  test("open, load nothing from elsewhere, and say so where there is nothing", async () => {
    const { open } = await startPages();
    for (const path of ["/", "/payments", "/pay", "/inbox/mail", "/inbox/sms"]) {
      const { status, text, headers } = await open(path);
      expect(status).toBe(200);
      expect(text).toContain('<meta name="viewport"');
      expect(text).not.toMatch(/(src|href)="https?:\/\/(?!127\.0\.0\.1)/);
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    }
    expect((await open("/payments/pi_none")).status).toBe(404);
    expect((await open("/nothing")).status).toBe(404);
  });

  test("let a person decline, start 3D Secure and approve a payment", async () => {
    const { stripe, open, press } = await startPages();
    const { id } = await newIntent(stripe, { metadata: { order_id: "o<1>" } });
    const statusNow = async () => (await stripe.paymentIntents.retrieve(id)).status;
    const page = (await open(`/payments/${id}`)).text;
    expect(page).toContain("£19.99");
    expect(page).toContain("o&lt;1&gt;");

    await press(id, "pm_card_visa_chargeDeclinedInsufficientFunds");
    expect((await open(`/payments/${id}`)).text).toContain("insufficient_funds");
    await press(id, "pm_card_threeDSecure2Required");
    expect(await statusNow()).toBe("requires_action");
    await press(id, "authenticate");
    expect(await statusNow()).toBe("succeeded");
    expect((await press(id, "pm_card_visa")).headers.get("location")).toBe(`/payments/${id}`);
    expect((await open("/payments")).text).toContain("Paid");
  });

  test("let a person refund, dispute, and decide how each ends", async () => {
    const { stripe, open, press, tell } = await startPages();
    const paying = { payment_method: "pm_card_visa", confirm: true };
    const { id, latest_charge } = await newIntent(stripe, paying);
    const charge = () => stripe.charges.retrieve(String(latest_charge));
    await tell("/stripe/refunds", { status: "pending" });
    await press(id, "refund_half");
    expect(await charge()).toMatchObject({ amount_refunded: 1000 });
    const [refund] = (await stripe.refunds.list()).data;
    expect((await open(`/payments/${id}`)).text).toContain(`refund_succeeds ${refund?.id}`);
    await press(id, `refund_succeeds ${refund?.id}`);
    expect((await stripe.refunds.retrieve(refund?.id ?? "")).status).toBe("succeeded");
    expect((await open("/payments")).text).toContain("Refunded in part");
    await press(id, `refund_fails ${refund?.id}`);
    expect(await charge()).toMatchObject({ amount_refunded: 0 });

    await press(id, "dispute");
    const [dispute] = (await stripe.disputes.list()).data;
    const page = (await open(`/payments/${id}`)).text;
    expect(page).toContain(`dispute_won ${dispute?.id}`);
    expect(page).toContain("fraudulent");
    await press(id, `dispute_won ${dispute?.id}`);
    expect((await stripe.disputes.retrieve(dispute?.id ?? "")).status).toBe("won");
    await press(id, "refund");
    expect(await charge()).toMatchObject({ refunded: true });
    expect((await open(`/payments/${id}`)).text).not.toContain("Refund all that is left");
  });

  test("lead back to the shop after 3D Secure, and say how it ended", async () => {
    const { stripe, press } = await startPages();
    const { id } = await newIntent(stripe);
    await stripe.paymentIntents.confirm(id, {
      payment_method: "pm_card_threeDSecure2Required",
      return_url: "https://shop.example/pay?order=o1",
    });
    const answer = await press(id, "fail_authentication");
    expect(answer.headers.get("location")).toBe(
      `https://shop.example/pay?order=o1&payment_intent=${id}&redirect_status=failed`,
    );
  });

  test("refuse a form that another site sends", async () => {
    const { stripe, url } = await startPages();
    const { id } = await newIntent(stripe);
    const response = await fetch(`${url}/payments/${id}`, {
      method: "POST",
      headers: { origin: "https://evil.example" },
      body: new URLSearchParams({ act: "pm_card_visa" }),
    });
    expect(response.status).toBe(403);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe("requires_payment_method");
  });

  test("show a mail as its reader sees it, shut in a frame, beside its plain text", async () => {
    const { url, open, read } = await startPages();
    await fetch(`${url}/v3/mail/send`, {
      method: "POST",
      headers: { authorization: "Bearer SG.x", "content-type": "application/json" },
      body: JSON.stringify({
        personalizations: [{ to: [{ email: "ada@example.com" }] }],
        from: { email: "orders@shop.example" },
        subject: "Paid <b>now</b>",
        content: [
          { type: "text/plain", value: "Thank you & good bye" },
          { type: "text/html", value: '<p onclick="x()">Thank you</p>' },
        ],
      }),
    });
    const [mail] = await read<Mail[]>("/mail");
    const { text } = await open(`/inbox/mail/${mail?.id}`);
    expect(text).toContain("Paid &lt;b&gt;now&lt;/b&gt;");
    expect(text).toContain("Thank you &amp; good bye");
    expect(text).toContain("&lt;p onclick=&quot;x()&quot;&gt;Thank you&lt;/p&gt;");
    expect(text).toMatch(/<iframe[^>]* sandbox="(?![^"]*allow-scripts)[^"]*"/);
  });
});
