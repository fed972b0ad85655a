/** Where a value stands between the left and the right edge, and what is written along them. */
export interface Scale {
  ticks: number[];
  at: (value: number) => number;
}

/** From 0, in at most five round steps, to a figure of 1 or more that no value exceeds. */
export function linearScale(values: readonly number[], left: number, right: number): Scale {
  const most = Math.max(...values, 1);
  const power = 10 ** Math.floor(Math.log10(most / 5));
  const step = ([1, 2, 5].find((each) => each * power * 5 >= most) ?? 10) * power;
  const steps = Math.ceil(most / step);
  const ticks = Array.from({ length: steps + 1 }, (_, nr) => nr * step);
  return { ticks, at: (value) => left + (value / (step * steps)) * (right - left) };
}

/** A tenth of a millisecond: what is faster is drawn there, for a log scale knows no zero. */
const leastMs = 0.1;

/** From one power of ten to another, with all values between; of no values, one decade. */
export function logScale(values: readonly number[], left: number, right: number): Scale {
  const logs = (values.length > 0 ? values : [1]).map((value) =>
    Math.log10(Math.max(value, leastMs)),
  );
  const low = Math.floor(Math.min(...logs));
  const high = Math.max(Math.ceil(Math.max(...logs)), low + 1);
  const ticks = Array.from({ length: high - low + 1 }, (_, nr) => 10 ** (low + nr));
  const share = (value: number) => (Math.log10(Math.max(value, leastMs)) - low) / (high - low);
  return { ticks, at: (value) => left + share(value) * (right - left) };
}

/** Three digits say all that a measurement on a shared machine can. */
export function figure(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

export function duration(ms: number): string {
  return ms < 1000 ? `${figure(ms)} ms` : `${figure(ms / 1000)} s`;
}
