import { type AddressInfo, createServer } from "node:net";
import { MissingPiece } from "./missing-piece.ts";

const loopback = "127.0.0.1";

/** A port on loopback that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  return await listenOnce(0);
}

/** Refuses with a sentence when somebody else already listens on the port. */
export async function assertPortIsFree(port: number, setting: string): Promise<void> {
  try {
    await listenOnce(port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES") {
      throw new MissingPiece(
        `Port ${port} needs more rights than this account has.`,
        `Choose one above 1024: ${setting}=${port + 8000} npm start.`,
      );
    }
    if (code !== "EADDRINUSE") throw error;
    throw new MissingPiece(
      `Port ${port} is already taken by another program.`,
      `Stop that program, or choose another port: ${setting}=${port + 100} npm start.`,
    );
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host: loopback, exclusive: true }, () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => resolve(found));
    });
  });
}
