import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import type { OpsEnv } from "../../access/authenticate.ts";
import { csrfField } from "../../access/csrf.ts";
import { requireRole } from "../../access/require-role.ts";
import { may as mayDo } from "../../access/roles.ts";
import type { PageParts } from "../../app.ts";
import { type Switchboard, SwitchboardAway } from "../../switchboard/control.ts";
import { awayView, panelView } from "./panel-view.ts";

const topic = "switchboard";

/** Only in a local world: cause the very faults that Aurora is made for, and watch it heal. */
export function switchboardPages(switchboard: Switchboard, { show, live }: PageParts) {
  const pages = new Hono<OpsEnv>();
  live.registerTopic(topic, async (keys) => {
    const panel = JSON.stringify(await switchboard.read());
    const seen = createHash("sha256").update(panel).digest("base64url");
    return keys.map(() => seen);
  });

  pages.get("/", async (c) => {
    const watched = await live.begin(topic);
    const may = { act: mayDo(c.get("operator"), "operator"), csrf: csrfField(c) };
    const content = panelView(await switchboard.read(), may);
    return await show(c, { title: "Switchboard", current: "switchboard", live: watched, content });
  });
  pages.post("*", requireRole("operator"));
  const act = async (c: Context<OpsEnv>, path: string[], anchor = "") => {
    const { orderId } = await switchboard.post(path);
    const leads = path[0] === "customers" && orderId !== undefined;
    return c.redirect(leads ? `/ops/orders/${orderId}` : `/ops/switchboard${anchor}`, 303);
  };
  pages.post("/normal", (c) => act(c, ["normal"]));
  pages.post("/customers", async (c) => {
    const { customer } = await c.req.parseBody();
    return await act(c, ["customers", String(customer)]);
  });
  for (const what of ["switches", "orders"] as const) {
    pages.post(`/${what}/:id`, async (c) => {
      const { act: wanted } = await c.req.parseBody();
      const id = c.req.param("id");
      return await act(c, [what, id, String(wanted)], `#${what}-${id}`);
    });
  }
  pages.onError(async (error, c) => {
    if (!(error instanceof SwitchboardAway)) throw error;
    const content = awayView(error.message);
    return await show(c, { title: "Switchboard", current: "switchboard", content }, 409);
  });
  return pages;
}
