import type { PaymentGateway } from "../payments/gateway.ts";
import type { InstallationWatch } from "./watch-installation.ts";

/**
 * The gateway of a process that writes to Stripe only while the installation's stamp fits it.
 * Reads go on; what wants to be written waits in its row, by its clock.
 */
export function whileOurs(gateway: PaymentGateway, watch: InstallationWatch): PaymentGateway {
  return {
    ...gateway,
    async createIntent(wanted) {
      await watch.mayWrite();
      return await gateway.createIntent(wanted);
    },
    async cancelIntent(wanted) {
      await watch.mayWrite();
      await watch.mayTouch(wanted.intentId);
      return await gateway.cancelIntent(wanted);
    },
    async createRefund(wanted) {
      await watch.mayWrite();
      await watch.mayTouch(wanted.intentId);
      await gateway.createRefund(wanted);
    },
  };
}
