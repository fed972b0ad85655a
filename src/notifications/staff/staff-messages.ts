import type { Channel, StaffTemplate } from "../lifecycle.ts";

/** Something that OrderTracker shows, or shows no more. */
export type AlarmLine = {
  title: string;
  /** What it is about: in words, never with a customer's data. */
  about: string | null;
  /** The first of the orders, and how many more there are. */
  orders: { id: string; number: string }[];
  more: number;
};

/** What those on call are told at one time. */
export type OnCallLetter = { raised: AlarmLine[]; over: AlarmLine[] };

/** A message to staff that is ours to send now. */
export type StaffMessage = {
  id: string;
  template: StaffTemplate;
  channel: Channel;
  tries: number;
  unknowns: number;
  /** What stands for whom it goes to. */
  recipient: string;
  createdAt: Date;
  /** The event of an order, or null for word of problems. */
  order: StaffOrder | null;
  letter: OnCallLetter | null;
};

/** All that staff is told of an order: nothing of its customer. */
export type StaffOrder = {
  id: string;
  number: string;
  shopName: string;
  currency: string;
  totalMinor: number;
  event: string;
};
