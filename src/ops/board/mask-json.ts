import { maskText } from "../access/mask.ts";

/**
 * Any JSON with its texts masked. Our jobs hold nobody's address, but what suppliers answer may
 * stand in a failed job's reason, and an old one may hold anything.
 */
export function maskJson(value: unknown): unknown {
  if (typeof value === "string") return maskText(value);
  if (Array.isArray(value)) return value.map(maskJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [maskText(key), maskJson(each)]),
  );
}
