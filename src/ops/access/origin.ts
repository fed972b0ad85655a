import { isIPv6 } from "node:net";

/** Where a request comes from, as far as its headers tell. */

type Headers = { header(name: string): string | undefined };

/** Whether the browser came over HTTPS: a router before us ends TLS and says so in a header. */
export function isSecure(request: Headers & { url: string }): boolean {
  return request.url.startsWith("https:") || request.header("x-forwarded-proto") === "https";
}

/**
 * Whether a page of our own sent this. Browsers say it themselves in Sec-Fetch-Site; over plain
 * HTTP they only name the Origin. What says neither is no browser, and has no business here.
 */
export function isFromOurPages(request: Headers): boolean {
  const site = request.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = request.header("origin");
  if (!origin || !URL.canParse(origin)) return false;
  return new URL(origin).host === request.header("host");
}

/**
 * Who knocks: the last address that a trusted router added, else the socket's own. Whoever has one
 * address of IPv6 has the 2^64 beside it too: all of them are one caller.
 */
export function callerOf(
  request: Headers,
  socketAddress: string | undefined,
  trustProxy: boolean,
): string {
  const header = trustProxy ? request.header("x-forwarded-for") : undefined;
  const forwarded = header?.split(",").at(-1)?.trim();
  return networkOf((forwarded || socketAddress || "unknown").slice(0, 64));
}

function networkOf(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [before = "", after] = address.replace(/%.*$/, "").split("::");
  const groupsOf = (text: string) => (text === "" ? [] : text.split(":"));
  const [head, tail] = [groupsOf(before), groupsOf(after ?? "")];
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  const network = [...head, ...zeros, ...tail].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
