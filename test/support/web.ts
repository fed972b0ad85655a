import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import { onTestFinished } from "vitest";
import { waitFor } from "./wait-for.ts";

const program = path.resolve(import.meta.dirname, "../../src/api/server.ts");

/** The web process, as the Procfile starts it. */
export type WebProcess = {
  child: ChildProcess;
  output(): string;
  /** Resolves to its exit code once it has ended. */
  ended: Promise<number | null>;
};

export const webSettings = (databaseUrl: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  REDIS_URL: "redis://127.0.0.1:1",
  SERVER_KEY: randomBytes(32).toString("base64"),
  CONTACT_KEY: `k1:${randomBytes(32).toString("base64")}`,
  STRIPE_WEBHOOK_SECRET: "whsec_test",
  STRIPE_SECRET_KEY: "sk_test_of_the_tests",
  STRIPE_URL: "http://127.0.0.1:1",
  SENDGRID_API_KEY: "SG.test",
  MAIL_FROM: "orders@shop.example",
  PAY_URL_TEMPLATE: "https://shop.example/pay?order={orderId}#{token}",
  HOST: "127.0.0.1",
  PORT: "0",
});

/** Starts it for the length of a test. */
export function startWeb(settings: Record<string, string>): WebProcess {
  const child = spawn(process.execPath, [program], {
    env: settings,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  child.stderr.on("data", (chunk) => (text += chunk));
  const ended = once(child, "close").then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { child, output: () => text, ended };
}

/** Its address, once it says that it listens. */
export async function addressOf(web: WebProcess): Promise<string> {
  return waitFor("web to listen", () => {
    if (web.child.exitCode !== null) throw new Error(`It ended: ${web.output()}`);
    const line = web
      .output()
      .split("\n")
      .find((each) => each.includes('"listening"'));
    return line ? (JSON.parse(line) as { url: string }).url : null;
  });
}
