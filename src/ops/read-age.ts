const secondsIn: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** An age such as 90s, 15m, 2h or 1d, in seconds, as a bare number is; null for anything else. */
export function readAge(age: string): number | null {
  const [, digits, unit = "s"] = /^(\d{1,9})([smhd])?$/.exec(age) ?? [];
  return digits === undefined ? null : Number(digits) * (secondsIn[unit] ?? 1);
}
