/** A place in a shop's feed: just behind this event. */
export type FeedCursor = { position: number; orderId: string; seq: number };

/** Before everything. */
export const beginning: FeedCursor = {
  position: 0,
  orderId: "00000000-0000-0000-0000-000000000000",
  seq: 0,
};

const form = /^([0-9a-z]{1,11})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9a-z]{1,6})$/;

/** A cursor as it is handed out: nobody outside need know what it is made of. */
export function writeCursor({ position, orderId, seq }: FeedCursor): string {
  const text = `${position.toString(36)}.${orderId}.${seq.toString(36)}`;
  return Buffer.from(text).toString("base64url");
}

/** Reads a cursor back; null when it is none of ours. */
export function readCursor(text: string): FeedCursor | null {
  const [, position = "", orderId = "", seq = ""] =
    form.exec(Buffer.from(text, "base64url").toString("latin1")) ?? [];
  const cursor = {
    position: Number.parseInt(position, 36),
    orderId,
    seq: Number.parseInt(seq, 36),
  };
  const isOurs = Number.isSafeInteger(cursor.position) && cursor.seq <= mostSeq;
  return isOurs && writeCursor(cursor) === text ? cursor : null;
}

/** PostgreSQL's largest integer. */
const mostSeq = 2_147_483_647;
