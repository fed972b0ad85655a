import { OutcomeUnknown, Unavailable } from "../errors.ts";

/** Waits between the tries to book an outcome, in seconds. */
const bookingPauses = [0.2, 1, 3, 9, 27];

/** Books what has happened outside, again and again while PostgreSQL is away. */
export async function persistently<Result>(book: () => Promise<Result>): Promise<Result> {
  for (const seconds of bookingPauses) {
    try {
      return await book();
    } catch (error) {
      if (!(error instanceof Unavailable || error instanceof OutcomeUnknown)) throw error;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    }
  }
  return await book();
}
