/**
 * Asks once for all who want to know: they share the answer while it is looked for, and for some
 * time afterwards. A failure is not kept.
 */
export function sharedAnswer<Answer>(
  freshMilliseconds: number,
  ask: () => Promise<Answer>,
): () => Promise<Answer> {
  let known: { answer: Promise<Answer>; until: number } | null = null;
  return () => {
    if (known && known.until > performance.now()) return known.answer;
    const asked = { answer: ask(), until: Number.POSITIVE_INFINITY };
    known = asked;
    asked.answer.then(
      () => {
        asked.until = performance.now() + freshMilliseconds;
      },
      () => {
        known = null;
      },
    );
    return asked.answer;
  };
}
