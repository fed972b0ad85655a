import type { Situation } from "./money-situations.ts";

/** Another system does not hear of an order. */
export const listeningSituations: Record<string, Situation> = {
  "webhook-out-failing": {
    code: "webhook_out_failing",
    async play(stage) {
      const paying = await stage.unheard(stage.sold, 0);
      await stage.sendEverything(paying);
      return paying.orderId;
    },
  },
  "webhook-out-given-up": {
    code: "webhook_out_failing",
    async play(stage) {
      const paying = await stage.unheard(stage.sold, 4);
      await stage.sendEverything(paying);
      return paying.orderId;
    },
  },
};
