/** Switches that are set through the control API, outlive a restart, and end with a reset. */
export type Switches = {
  id: "switches";
  /** The card that every new intent is paid with. */
  autoPay: string | null;
  webhooks: boolean;
  /** How a new refund begins. */
  refundStatus: "succeeded" | "pending" | "requires_action";
  /** A charge's balance transaction appears when it is told to, and not with the charge. */
  feesLater: boolean;
  /** So many deliveries to come get lost while Stripe believes that they arrived. */
  loseNext: number;
};

export const initialSwitches: Switches = {
  id: "switches",
  autoPay: null,
  webhooks: true,
  refundStatus: "succeeded",
  feesLater: false,
  loseNext: 0,
};
