import type { Content, Html } from "../html.ts";
import type { Tone } from "../parts/badge.ts";
import type { Offer } from "./diagnosis-view.ts";

/** One thing that happened, as the timeline shows it. */
export type Entry = {
  /** The same each time the page is read, so that it is known again. */
  id: string;
  at: Date;
  tone: Tone;
  kind: string;
  title: Content;
  badge?: Html;
  by?: string | null;
  notes?: readonly Content[];
  /** What can be done about just this. */
  offer?: Offer | null;
};
