import { beforeAll } from "vitest";
import { useApi } from "../../support/api.ts";
import { type AtBrowser, signInTo } from "../../support/operators.ts";
import { addProduct, placeOrder, reserve } from "../../support/shop-floor.ts";

/**
 * An API without Redis and without Stripe, and people who use its pages by plain forms: so all of
 * it works without JavaScript.
 */
export function useBrowsers() {
  const api = useApi();
  const people = {} as { operator: AtBrowser; viewer: AtBrowser };
  beforeAll(async () => {
    await addProduct(api, "MUG", { stock: 1_000 });
    people.operator = await signInTo(api, "operator");
    people.viewer = await signInTo(api, "viewer");
  });

  async function placedOrder(): Promise<string> {
    return (await placeOrder(api, "MUG")).body.id;
  }

  return {
    api,
    people,
    placedOrder,
    /** Opens a page, as the operator unless somebody else is named. */
    see(path: string, who = people.operator) {
      const { cookie = "" } = who.headers;
      return api.ask(path, { headers: { cookie, ...accept } });
    },
    /** Sends a form as a browser without JavaScript does. */
    send(path: string, fields: readonly [string, string][], who = people.operator) {
      const body = new URLSearchParams(fields.map(([...pair]) => pair)).toString();
      const type = { "content-type": "application/x-www-form-urlencoded" };
      const { cookie = "" } = who.headers;
      const headers = { cookie, "sec-fetch-site": "same-origin", ...type, ...accept };
      return api.ask(path, { body, headers });
    },
    async payableOrder(): Promise<string> {
      const id = await placedOrder();
      await reserve(api, id);
      return id;
    },
    /** What the audit has of an order. */
    actsOf(orderId: string) {
      return api.db
        .selectFrom("operator_acts")
        .select(["act", "actor", "reason"])
        .where("order_id", "=", orderId)
        .execute();
    },
  };
}

const accept = { accept: "text/html" };

/** The hidden fields of the page's last form that changes something. */
export function hiddenIn(page: string): [string, string][] {
  const form = page.split('method="post"').at(-1) ?? "";
  return [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(
    ([, name = "", value = ""]) => [name, value.replaceAll("&quot;", '"')],
  );
}

export function withReason(page: string, reason: string): [string, string][] {
  return [...hiddenIn(page), ["reason", reason]];
}

/** The text that people read, without the tags. */
export function textOf(page: string): string {
  return page.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
}
