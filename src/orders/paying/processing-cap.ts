import type { Settings } from "../../config.ts";

/** For how long a payment of this method may be on its way and keep its stock, in seconds. */
export function processingCap(
  method: string | null,
  { PROCESSING_HOURS: hours }: Pick<Settings, "PROCESSING_HOURS">,
): number {
  return (hours[method ?? "*"] ?? hours["*"] ?? 0) * 3_600;
}
