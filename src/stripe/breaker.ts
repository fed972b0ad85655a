import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from "cockatiel";
import { NotYet, OutcomeUnknown, reasonOf, Unavailable } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Endpoint } from "./ask.ts";

export type Breaker = {
  ask<Answer>(request: () => Promise<Answer>): Promise<Answer>;
  /** What everybody is told while Stripe is away, or null when it may be asked. */
  refusal(): NotYet | null;
};

/**
 * So many failures in a row open the circuit, whichever requests they were. In a row, and not as a
 * share of the last seconds: a busy process, whose last ten seconds were good, notices an outage
 * after five requests instead of hundreds; and while every second request still gets through, it is
 * better to go on.
 */
const failuresInARow = 5;
/** While the circuit is open, so often one request goes to see whether Stripe is back. */
const probeSeconds = 5;
/** While that one is under way, the others look again after so long. */
const probingSeconds = 1;

/**
 * Keeps one endpoint's requests from a Stripe that does not answer. Only silence and 5xx count:
 * whoever refuses, limits or finds a key in use is there. Each endpoint has a circuit of its own:
 * were one route to fail alone, it would take every probe, and the others would never be asked.
 */
export function createBreaker(endpoint: Endpoint, log: Log, probeEvery = probeSeconds): Breaker {
  const policy = circuitBreaker(handleWhen(isSilence), {
    breaker: new ConsecutiveBreaker(failuresInARow),
    // The library goes by the wall clock: were that set back, the circuit would stay open for so
    // much longer. When to probe is decided below, by a clock that only goes on.
    halfOpenAfter: Number.NEGATIVE_INFINITY,
  });
  let openedAt = 0;
  let awaySince: number | null = null;
  // A probe that fails opens the circuit once more: it is the same outage.
  policy.onBreak((failure) => {
    openedAt = performance.now();
    if (awaySince !== null) return;
    awaySince = openedAt;
    const reason = "error" in failure ? reasonOf(failure.error) : "";
    log.warn("stripe_circuit_opened", { path: endpoint, reason });
  });
  policy.onReset(() => {
    const seconds = Math.round((performance.now() - (awaySince ?? openedAt)) / 1_000);
    awaySince = null;
    log.info("stripe_circuit_closed", { path: endpoint, seconds });
  });

  function refusal(): NotYet | null {
    if (policy.state === CircuitState.HalfOpen)
      return refused(Math.min(probingSeconds, probeEvery));
    const milliseconds = openedAt + probeEvery * 1_000 - performance.now();
    return policy.state === CircuitState.Open && milliseconds > 0
      ? refused(milliseconds / 1_000)
      : null;
  }

  return {
    refusal,
    ask: async (request) => {
      // The library would let it wait for the probe's answer, for as long as Stripe is silent.
      const held = refusal();
      if (held) throw held;
      const answer = await policy
        .execute(() => answerOf(request()))
        .catch((error: unknown) => {
          throw error instanceof BrokenCircuitError ? refused(probingSeconds, error) : error;
        });
      if ("refused" in answer) throw answer.refused;
      return answer.given;
    },
  };
}

function isSilence(error: unknown): boolean {
  if (error instanceof OutcomeUnknown) return true;
  return error instanceof Unavailable && error.code === "stripe_unreachable";
}

type Answered<Answer> = { given: Answer } | { refused: unknown };

/** An answer that we do not like is one too: it says that Stripe is there. */
async function answerOf<Answer>(asking: Promise<Answer>): Promise<Answered<Answer>> {
  try {
    return { given: await asking };
  } catch (error) {
    if (isSilence(error)) throw error;
    return { refused: error };
  }
}

function refused(seconds: number, cause?: unknown): NotYet {
  const message = "Stripe does not answer; the next probe will tell whether it is back.";
  return new NotYet("stripe_circuit_open", message, seconds, cause);
}
