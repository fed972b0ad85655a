import { type Context, Hono } from "hono";
import type { OpsEnv } from "../access/authenticate.ts";
import { type Switchboard, SwitchboardAway } from "../switchboard/control.ts";
import { page, pagePolicy } from "./page.ts";
import { awayView, panelView } from "./switchboard-view.ts";

/** Only in a local world: cause the very faults that Aurora is made for, and watch it heal. */
export function switchboardPages(switchboard: Switchboard): Hono<OpsEnv> {
  const pages = new Hono<OpsEnv>();

  pages.get("/", async (c) => {
    c.header("Content-Security-Policy", pagePolicy);
    return c.html(page("Switchboard", panelView(await switchboard.read())));
  });
  const act = async (c: Context<OpsEnv>, path: string[]) => {
    const { orderId } = await switchboard.post(path);
    const leads = path[0] === "customers" && orderId !== undefined;
    return c.redirect(leads ? `/ops/orders/${orderId}` : "/ops/switchboard", 303);
  };
  pages.post("/normal", (c) => act(c, ["normal"]));
  pages.post("/customers", async (c) => {
    const { customer } = await c.req.parseBody();
    return await act(c, ["customers", String(customer)]);
  });
  for (const what of ["switches", "orders"] as const) {
    pages.post(`/${what}/:id`, async (c) => {
      const { act: wanted } = await c.req.parseBody();
      return await act(c, [what, c.req.param("id"), String(wanted)]);
    });
  }
  pages.onError((error, c) => {
    if (!(error instanceof SwitchboardAway)) throw error;
    c.header("Content-Security-Policy", pagePolicy);
    return c.html(page("Switchboard", awayView(error.message)), 409);
  });
  return pages;
}
