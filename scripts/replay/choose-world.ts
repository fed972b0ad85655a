import { MissingPiece } from "../world/missing-piece.ts";
import { inOwnWorld } from "../world/own-world.ts";
import { findRunningWorld } from "../world/running-world.ts";

/** The world in which sales are replayed. */
export interface ReplayWorld {
  apiUrl: string;
  sandboxUrl: string;
  databaseUrl: string;
  /** Made for this replay alone. */
  isOwn: boolean;
  /** How long others' work may wait before it counts as overdue: in one's own there is none. */
  patienceSeconds: number;
}

type Wishes = {
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  signal: AbortSignal;
};

const othersPatienceSeconds = 120;

/**
 * The world that npm start holds up, where there is one and no other database is named; else a
 * new one, so that the orders that npm start keeps are left alone.
 */
export async function inSomeWorld<T extends { isSound: boolean }>(
  wishes: Wishes,
  act: (world: ReplayWorld) => Promise<T>,
): Promise<T> {
  const running = wishes.env["DATABASE_URL"] ? undefined : findRunningWorld();
  if (!running) {
    return await inOwnWorld({ ...wishes, purpose: "replay" }, (world) =>
      act({ ...world, isOwn: true, patienceSeconds: 0 }),
    );
  }
  const { apiUrl, sandboxUrl, databaseUrl, standIns } = running;
  if (!apiUrl || !databaseUrl) {
    throw new MissingPiece("Aurora is just starting.", "Wait until npm start shows its addresses.");
  }
  if (!sandboxUrl || !standIns?.stripe || !standIns.sendgrid) {
    throw new MissingPiece(
      "The world that runs has a real Stripe or SendGrid, and a replay would bother both.",
      "Stop it; a replay then makes a world of its own.",
    );
  }
  wishes.say(`Using the world that runs at ${apiUrl}`);
  const world = { apiUrl, sandboxUrl, databaseUrl, patienceSeconds: othersPatienceSeconds };
  const stopped = Promise.withResolvers<never>();
  wishes.signal.addEventListener("abort", () => stopped.reject(wishes.signal.reason), {
    once: true,
  });
  return await Promise.race([act({ ...world, isOwn: false }), stopped.promise]);
}
