import type { Server } from "node:http";
import type { Log } from "../log.ts";

/** Closing pools and Redis is a courtesy: with Redis away it would never end. */
const courtesyMs = 2_000;
const lookForIdleMs = 50;

/**
 * On SIGTERM or SIGINT: takes no more connections, finishes what it has begun, closes what it
 * holds and ends. What is not done by the deadline is cut off; being killed is always safe.
 * `begin` ends at once what would go on by itself, such as a stream.
 */
export function stopInTime(
  server: Server,
  stopSeconds: number,
  log: Log,
  close: () => Promise<unknown>,
  begin: () => void = () => undefined,
): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    log.info("stopping", { signal });
    begin();
    // The courtesy comes out of the same deadline.
    const deadlineMs = Math.max(0, stopSeconds * 1_000 - courtesyMs - 500);
    setTimeout(() => server.closeAllConnections(), deadlineMs).unref();
    server.close(() => {
      setTimeout(() => end("stopped_early"), courtesyMs).unref();
      void close().then(() => end("stopped"));
    });
    // A connection that has had its answer would be kept for the next request.
    setInterval(() => server.closeIdleConnections(), lookForIdleMs).unref();
  };
  const end = (event: string) => {
    log.info(event);
    process.exit(0);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}
