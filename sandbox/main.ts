import { type Sandbox, type SandboxSettings, startSandbox } from "./sandbox.ts";

/** The process `sandbox`: stand-ins for Stripe, SendGrid and Twilio on one port. */
function readSettings(env: NodeJS.ProcessEnv): SandboxSettings {
  const auroraUrl = (env["AURORA_URL"] ?? "http://127.0.0.1:3000").replace(/\/+$/, "");
  // While secrets are exchanged Aurora knows several; any of them is good.
  const webhookSecret = env["STRIPE_WEBHOOK_SECRET"]?.split(",")[0]?.trim();
  return {
    port: readNumber(env, "SANDBOX_PORT", 3001),
    auroraUrl,
    webhookUrl: env["STRIPE_WEBHOOK_URL"] ?? `${auroraUrl}/v1/webhooks/stripe`,
    webhookRetryMs: readNumber(env, "SANDBOX_WEBHOOK_RETRY_MS", 1_000),
    ...(env["SANDBOX_DIR"] === "none" ? {} : { dir: env["SANDBOX_DIR"] ?? ".aurora/sandbox" }),
    ...(webhookSecret ? { webhookSecret } : {}),
    ...(env["SANDBOX_WEBHOOK_EVENTS"]
      ? { webhookEvents: env["SANDBOX_WEBHOOK_EVENTS"].split(",") }
      : {}),
    ...(env["SANDBOX_MAIL_EVENTS_KEY"]
      ? {
          mailEvents: {
            url: `${auroraUrl}/v1/webhooks/sendgrid`,
            key: env["SANDBOX_MAIL_EVENTS_KEY"],
          },
        }
      : {}),
    ...(env["TWILIO_AUTH_TOKEN"] ? { twilioToken: env["TWILIO_AUTH_TOKEN"] } : {}),
  };
}

function readNumber(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const value = Number(env[name] ?? fallback);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`${name} must be a whole number, and is "${env[name]}".`);
}

async function start(): Promise<Sandbox> {
  const settings = readSettings(process.env);
  try {
    return await startSandbox({ ...settings, alone: true });
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    throw new Error(`Port ${settings.port} is taken: set SANDBOX_PORT to another one.`);
  }
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

try {
  const sandbox = await start();
  console.log(`sandbox listening on ${sandbox.url}`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void sandbox.close().then(() => process.exit(0)));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
