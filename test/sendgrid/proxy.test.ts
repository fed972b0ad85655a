import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createListener, type Socket } from "node:net";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { createSendGridMailer } from "../../src/sendgrid/mailer.ts";
import { rejection } from "../notifications/tiny-supplier.ts";

const mail = {
  ...{ to: "anna@customers.example", toName: null },
  ...{ subject: "Order 4Q7K is paid", html: "<p>Hi</p>", text: "Hi" },
  ...{ notificationId: "0199-notification", orderId: "0199-order", template: "order_paid" },
};
type Tunneling = (client: Socket) => void;

afterEach(() => void vi.unstubAllEnvs());

/** A real proxy between us and SendGrid, whose name nobody has to find for that. */
async function behindProxy(tunneling: Tunneling): Promise<string[]> {
  const asked: string[] = [];
  const proxy = createServer().on("connect", ({ url = "" }, client: Socket) => {
    asked.push(url);
    tunneling(client.on("error", () => undefined));
  });
  await listening(proxy);
  vi.stubEnv("https_proxy", urlOf(proxy));
  vi.stubEnv("no_proxy", "");
  return asked;
}

async function listening(server: ReturnType<typeof createListener>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const urlOf = (server: ReturnType<typeof createListener>) =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const send = (timeoutMs = 2_000) =>
  createSendGridMailer({ apiKey: "SG.secret", from: "orders@shop.example", timeoutMs }).send(mail);

const neverSent = { name: "Unavailable", code: "sendgrid_unreachable" };

test.each<[string, Tunneling]>([
  ["refuses to tunnel", (client) => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n")],
  ["wants to know who we are", (client) => client.end("HTTP/1.1 407 Who?\r\n\r\n")],
  ["hangs up", (client) => client.destroy()],
  ["never answers", () => undefined],
  ["tunnels, and hangs up on TLS", (client) => tunnelTo(client, (far) => far.destroy())],
  ["tunnels to what speaks no TLS", (client) => tunnelTo(client, (far) => far.end("Hello.\r\n"))],
])("knows that nothing was sent where a proxy %s", async (_, tunneling) => {
  const asked = await behindProxy(tunneling);
  expect(await rejection(send(300))).toMatchObject(neverSent);
  expect(asked).toEqual(["api.sendgrid.com:443"]);
});

/** To a server that does so once it has heard something. */
function tunnelTo(client: Socket, answer: (far: Socket) => void): void {
  const server = createListener((far) => far.once("data", () => answer(far)));
  void listening(server).then((port) => {
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    const far = connect(port, "127.0.0.1").on("error", () => undefined);
    client.pipe(far).pipe(client);
  });
}
