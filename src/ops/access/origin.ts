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

/** Who knocks: the last address that a trusted router added, else the socket's own. */
export function callerOf(
  request: Headers,
  socketAddress: string | undefined,
  trustProxy: boolean,
): string {
  const header = trustProxy ? request.header("x-forwarded-for") : undefined;
  const forwarded = header?.split(",").at(-1)?.trim();
  return (forwarded || socketAddress || "unknown").slice(0, 64);
}
