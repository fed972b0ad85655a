import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";

/**
 * Connections to a supplier that must stand within a time of their own. Without it a network
 * that swallows packets looks like a supplier that took our request and never answered; and the
 * kernel tries for two minutes, which no timeout of the SDKs ends.
 */
export function promptAgents(connectMs: number): { http: http.Agent; https: https.Agent } {
  const options = { keepAlive: true, maxSockets: mostSockets };
  return {
    http: connectPromptly(new http.Agent(options), "connect", connectMs),
    https: connectPromptly(new https.Agent(options), "secureConnect", connectMs),
  };
}

/** More than any worker has in flight, so that no request waits here while its time runs. */
const mostSockets = 256;

function connectPromptly<Agent extends http.Agent>(
  agent: Agent,
  ready: "connect" | "secureConnect",
  connectMs: number,
): Agent {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = connect(options, callback);
    if (socket) limit(socket, ready, connectMs);
    return socket;
  };
  return agent;
}

function limit(socket: Duplex, ready: string, connectMs: number): void {
  const timer = setTimeout(() => {
    const error = new Error(`no connection within ${connectMs} ms`);
    socket.destroy(Object.assign(error, { code: "ETIMEDOUT", syscall: "connect" }));
  }, connectMs);
  const stop = () => clearTimeout(timer);
  socket.once(ready, stop).once("close", stop);
}

/** Ends the wait for an answer that trickles in: the SDKs' own timeouts restart with each byte. */
export async function within<Answer>(
  milliseconds: number,
  answer: Promise<Answer>,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lateness(milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function lateness(milliseconds: number): Error {
  return Object.assign(new Error(`no answer within ${milliseconds} ms`), { code: "ETIMEDOUT" });
}

/** The SDKs' own timeouts come first, since they also close the socket. */
export const graceMs = 500;
