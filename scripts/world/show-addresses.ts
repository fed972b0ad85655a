import { exampleOrder } from "./first-order.ts";
import type { Login } from "./local-logins.ts";
import type { ShopKeys } from "./local-settings.ts";
import type { World } from "./world.ts";

/** Where everything is, and a line that places an order: what a person needs to look around. */
export function addressesOf(
  world: World,
  { keys, logins }: { keys: ShopKeys; logins: readonly Login[] },
  logFolder: string,
): string {
  const { apiUrl, sandboxUrl } = world;
  const rows: [string, string | undefined][] = [
    ["API", apiUrl],
    ["API reference", `${apiUrl}/reference`],
    ["Operations", `${apiUrl}/ops`],
    ...logins.map(({ name, password }): [string, string] => [
      "",
      `sign in as ${name} / ${password}`,
    ]),
    ["Bull Board", `${apiUrl}/ops/queues`],
    [
      "Switchboard",
      world.switchboard && `${apiUrl}/ops/switchboard   (cause faults, see them heal)`,
    ],
    ["Payments", standIn(world, "stripe", "/payments")],
    ["Mail inbox", standIn(world, "sendgrid", "/inbox/mail")],
    ["SMS inbox", standIn(world, "twilio", "/inbox/sms")],
    ["Webhooks out", sandboxUrl && `${sandboxUrl}/receiver/orders   (what they told)`],
    ["The stand-ins", sandboxUrl],
    ["Publishable key", keys.publishableKey],
    ["Secret key", keys.secretKey],
    ["Logs", `${logFolder}/<process>.log`],
  ];
  const shown = rows.filter(([, value]) => value !== undefined);
  return [
    ...shown.map(([name, value]) => `  ${name.padEnd(16)} ${value}`),
    "",
    "  Place an order yourself:",
    "",
    curlLine(apiUrl, keys.publishableKey),
    "",
  ].join("\n");
}

function standIn(world: World, name: keyof World["standIns"], path: string): string {
  return world.standIns[name] ? `${world.sandboxUrl}${path}` : `the real one (${name})`;
}

function curlLine(apiUrl: string, key: string): string {
  return [
    `curl -s ${apiUrl}/v1/orders -H 'Authorization: Bearer ${key}'`,
    `-H "Idempotency-Key: by-hand-$(date +%s)-order" -H 'Content-Type: application/json'`,
    `-d '${JSON.stringify(exampleOrder)}'`,
  ].join(" ");
}
