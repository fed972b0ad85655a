/** A figure's name ends in its unit: Ms, Mb, Bytes, PerSecond, Share, or it is a count. */
export type Figures = Record<string, number>;

export interface Row {
  label: string;
  figures: Figures;
}

/** What a figure has to be. Those about time depend on the machine's other guests. */
export interface Bound {
  what: string;
  value: number;
  atLeast?: number;
  atMost?: number;
  aim?: number;
}

export interface Result {
  name: string;
  title: string;
  rows: Row[];
  bounds: Bound[];
}

export function isMet({ value, atLeast = -Infinity, atMost = Infinity }: Bound): boolean {
  return value >= atLeast && value <= atMost;
}
