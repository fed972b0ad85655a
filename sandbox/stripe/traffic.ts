/** One call of Stripe's API, as it came and as it was answered; null while it is not. */
export type LoggedRequest = {
  method: string;
  path: string;
  key: string | null;
  status: number | null;
  at: string;
};

/** `retryAfter`: the seconds that a refusal names; null: none, as mostly with Stripe. */
export type RateLimit = { perSecond: number; perEndpoint: boolean; retryAfter: number | null };

const REQUESTS_KEPT = 1_000;
const WINDOW_MS = 1_000;
const ALL = "all";

/**
 * Who asked what, and how fast: the witness for a caller that is to limit itself.
 *
 * It runs on the machine's own time, since a stand-in's clock that is moved makes nobody slower.
 */
export class Traffic {
  readonly #now: () => number;
  #requests: LoggedRequest[] = [];
  #seen = new Map<string, Window>();
  #let = new Map<string, Window>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Writes a request down and counts it; its status is filled in later. */
  arrive(endpoint: string, request: LoggedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > 2 * REQUESTS_KEPT) {
      this.#requests = this.#requests.slice(-REQUESTS_KEPT);
    }
    const now = this.#now();
    for (const name of [endpoint, ALL]) windowOf(this.#seen, name).add(now);
  }

  /** Whether this call is one too many; those that are refused do not count. */
  exceeds(endpoint: string, { perSecond, perEndpoint }: Omit<RateLimit, "retryAfter">): boolean {
    const now = this.#now();
    const window = windowOf(this.#let, perEndpoint ? endpoint : ALL);
    if (window.count(now) >= perSecond) return true;
    window.add(now);
    return false;
  }

  requests(): LoggedRequest[] {
    return this.#requests.slice(-REQUESTS_KEPT);
  }

  /** The most requests within any second, by endpoint and of all. */
  rate(): { perEndpoint: Record<string, number>; all: number } {
    const { [ALL]: all = 0, ...perEndpoint } = Object.fromEntries(
      [...this.#seen].map(([name, { most }]) => [name, most]),
    );
    return { perEndpoint, all };
  }

  clear(): void {
    this.#requests = [];
    this.#seen.clear();
    this.#let.clear();
  }
}

/** The last second, as it slides on. */
class Window {
  most = 0;
  #times: number[] = [];
  #oldest = 0;

  add(now: number): void {
    this.#times.push(now);
    this.most = Math.max(this.most, this.count(now));
  }

  count(now: number): number {
    while ((this.#times[this.#oldest] ?? now) <= now - WINDOW_MS) this.#oldest += 1;
    // What has slid out is cut off by the thousand: one at a time would cost more than it frees.
    if (this.#oldest > 1_000) {
      this.#times = this.#times.slice(this.#oldest);
      this.#oldest = 0;
    }
    return this.#times.length - this.#oldest;
  }
}

function windowOf(windows: Map<string, Window>, name: string): Window {
  const known = windows.get(name);
  if (known) return known;
  const window = new Window();
  windows.set(name, window);
  return window;
}
