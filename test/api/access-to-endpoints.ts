/** Who may do what with the endpoints of webhooks: who may ask is told that there is none. */
export const toEndpoints = [
  ["GET", "", undefined],
  ["GET", "/{none}", undefined],
  ["GET", "/{none}/deliveries", undefined],
  ["PATCH", "/{none}", { status: "disabled" }],
  ["DELETE", "/{none}", undefined],
  ["POST", "", { url: "http://10.0.0.1/" }],
  ["POST", "/{none}/rotate-secret", undefined],
  ["POST", "/{none}/test", undefined],
  ["POST", "/{none}/replay", { after: "2026-11-23T08:00:00Z", before: "2026-11-23T09:00:00Z" }],
].map(([method, rest, json]): [string, string, unknown, Record<string, number>] => {
  const path = `/v1/webhook-endpoints${rest}`;
  const status = rest === "" ? (method === "GET" ? 200 : 422) : 404;
  return [`${method}`, path, json, { secret: status, publishable: 403, "another shop": status }];
});
