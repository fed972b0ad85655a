/** Columns as wide as what stands in them; numbers to the right, and nothing after the last. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  toTheRight: readonly number[] = [],
): string[] {
  const widths = heads.map((head, column) => {
    return Math.max(head.length, ...rows.map((row) => (row[column] ?? "").length));
  });
  return [heads, ...rows].map((row) =>
    widths
      .map((width, column) => {
        const text = row[column] ?? "";
        return toTheRight.includes(column) ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

/** Such as 2026-11-26 01:10:00, always in UTC. */
export function moment(date: Date | null): string {
  return date === null ? "-" : date.toISOString().slice(0, 19).replace("T", " ");
}

/** Such as 3 min, counted to a moment. */
export function age(since: Date | null, now: Date): string {
  if (since === null) return "-";
  const seconds = Math.max(0, Math.round((now.getTime() - since.getTime()) / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.floor(seconds / 3_600)} h`
    : `${Math.floor(seconds / 86_400)} d`;
}
