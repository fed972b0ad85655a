import type { Snapshot } from "./books.ts";
import type { Letter } from "./letters.ts";
import { brokenPromises } from "./promises.ts";
import { brokenAtRest } from "./promises-at-rest.ts";
import { comeToRest } from "./rest.ts";
import type { World } from "./world.ts";

/**
 * Plays a run's letters, lets everything come to rest, and sees that no promise is broken: at its
 * end, and `step by step` after each letter. Answers how the tables stand at the end.
 */
export async function live(
  world: World,
  letters: readonly Letter[],
  look: "step by step" | "at the end",
): Promise<Snapshot> {
  for (const letter of letters) {
    await world.play(letter);
    if (look === "at the end") continue;
    demandNone(brokenPromises(await world.books.look(), world.stripe));
  }
  await comeToRest(world);
  const end = await world.books.look();
  demandNone([...brokenPromises(end, world.stripe), ...brokenAtRest(end, world.stripe)]);
  return end;
}

function demandNone(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`Broken promises: ${faults.join("; ")}.`);
}

/** How often each thing happened: nothing is shown by lives in which nothing happens. */
export class Census {
  readonly counts = new Map<string, number>();

  take({ orders, payments, refunds, disputes, holds }: Snapshot): void {
    const histories = orders.flatMap(({ history }) => history);
    for (const { event, detail } of histories) {
      this.#count(event);
      for (const why of [detail["because"], detail["reason"]]) if (why) this.#count(String(why));
    }
    for (const { status } of payments) this.#count(`payment ${status}`);
    for (const { status } of refunds) this.#count(`refund ${status}`);
    for (const { status } of disputes) this.#count(`dispute ${status}`);
    for (const { status } of holds) this.#count(`hold ${status}`);
  }

  missing(names: readonly string[]): string[] {
    return names.filter((name) => !this.counts.has(name));
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}
