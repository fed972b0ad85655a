import { Collision } from "./transaction.ts";

/** How often work that collided with another's is done again. */
const mostCollisions = 5;

/**
 * Does work again that collided with another's: PostgreSQL took all of it back, so nothing is done
 * twice. It pauses a little, and longer each time, so that the two don't meet again.
 *
 * @throws Collision where it lost each time
 */
export async function patiently<Result>(
  work: () => Promise<Result>,
  isWorthAnother: (error: unknown) => boolean = (error) => error instanceof Collision,
): Promise<Result> {
  for (let failures = 0; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (failures >= mostCollisions || !isWorthAnother(error)) throw error;
      const pause = Math.random() * 20 * 2 ** failures;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
