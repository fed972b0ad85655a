import { createServer } from "node:net";
import { expect, test } from "vitest";
import { MissingPiece } from "../../../scripts/world/missing-piece.ts";
import { assertPortIsFree, freePort } from "../../../scripts/world/ports.ts";

test("a port that is taken is refused in one sentence that names the setting", async () => {
  const port = await freePort();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
  try {
    const refusal = assertPortIsFree(port, "PORT");
    await expect(refusal).rejects.toThrow(MissingPiece);
    await expect(refusal).rejects.toThrow(
      `Port ${port} is already taken by another program. ` +
        `Stop that program, or choose another port: PORT=${port + 100} npm start.`,
    );
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
  await expect(assertPortIsFree(port, "PORT")).resolves.toBeUndefined();
});
