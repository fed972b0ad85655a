import { mkdtemp, rm } from "node:fs/promises";
import { Agent, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Stripe from "stripe";
import { onTestFinished } from "vitest";
import { type SandboxSettings, startSandbox } from "../../sandbox/sandbox.ts";

export const WEBHOOK_SECRET = "whsec_of_the_tests";

/** A sandbox of this test alone, and Stripe's real SDK speaking to it. */
export async function startStandIns(settings: Partial<SandboxSettings> = {}) {
  const dir = settings.dir ?? (await newFolder());
  const sandbox = await startSandbox({
    port: 0,
    auroraUrl: "http://127.0.0.1:9",
    webhookRetryMs: 20,
    ...settings,
    dir,
  });
  onTestFinished(() => sandbox.close());
  return { ...sandbox, dir, stripe: stripeClient(sandbox.url), ...controls(sandbox.url) };
}

export function stripeClient(url: string, key = "sk_test_of_the_tests"): Stripe {
  const { hostname, port } = new URL(url);
  const httpAgent = new Agent({ keepAlive: true });
  onTestFinished(() => httpAgent.destroy());
  return new Stripe(key, {
    host: hostname,
    port,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: 5_000,
    httpAgent,
  });
}

export function controls(url: string) {
  return {
    tell: async (path: string, body: object = {}) => {
      const response = await fetch(`${url}/_sandbox${path}`, {
        method: "POST",
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    read: async <Answer>(path: string): Promise<Answer> => {
      const response = await fetch(`${url}/_sandbox${path}`);
      return (await response.json()) as Answer;
    },
  };
}

export async function newFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "aurora-sandbox-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

type Received = { body: string; signature: string };

/** A webhook endpoint that answers with these statuses, one after the other, and then with 200. */
export async function startReceiver(statuses: number[] = []) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      received.push({ body, signature: String(request.headers["stripe-signature"]) });
      response.statusCode = statuses.shift() ?? 200;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/webhooks/stripe`;
  return { url, received };
}

export function newIntent(stripe: Stripe, more: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  return stripe.paymentIntents.create({ amount: 1999, currency: "gbp", ...more });
}

/** The error that a call must end with. */
export async function errorOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const error = await call.then(
    () => new Error("The call succeeded."),
    (error: unknown) => error,
  );
  if (error instanceof Stripe.errors.StripeError) return error;
  throw error;
}
