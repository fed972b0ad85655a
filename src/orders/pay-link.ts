import type { LinkTo } from "../notifications/message-facts.ts";
import { orderTokens } from "./order-token.ts";

/** Makes the links by which customers come back to their orders, from the storefront's template. */
export function payLinks(template: string, serverKey: string): LinkTo {
  const tokens = orderTokens(serverKey);
  return (order) =>
    template.replaceAll("{orderId}", order.id).replaceAll("{token}", tokens.tokenOf(order));
}
