import type { On } from "./call.ts";
import { changeDispute, closeDispute, reviewDispute } from "./disputes.ts";
import { renderObject } from "./expand.ts";
import type { Form } from "./form.ts";
import type { Dispute } from "./money-objects.ts";
import { findRow, listRows } from "./money-routes.ts";
import { mergeMetadata, readFlag, readGroup, readOptionalText, refuseUnknown } from "./params.ts";
import type { Cause, StripeWorld } from "./world.ts";

/** The two texts by which Stripe's test mode is told how a dispute ends. */
const verdicts: { [text: string]: "won" | "lost" } = {
  winning_evidence: "won",
  losing_evidence: "lost",
};

/** The routes of disputes. */
export function disputeRoutes(world: StripeWorld, on: On): void {
  const { disputes } = world.books;
  on("GET", "/disputes", ({ form }) => {
    return listRows(world, disputes, "disputes", form, ["charge", "payment_intent"]);
  });
  on("GET", "/disputes/:id", ({ id, form }) => {
    refuseUnknown(form, ["expand"]);
    return renderObject(world, findRow(disputes, id, "dispute"), form);
  });
  on("POST", "/disputes/:id", ({ id, form, cause }) => {
    const dispute = updateDispute(world, cause, findRow(disputes, id, "dispute"), form);
    return renderObject(world, dispute, form);
  });
  on("POST", "/disputes/:id/close", ({ id, form, cause }) => {
    refuseUnknown(form, ["expand"]);
    const dispute = findRow(disputes, id, "dispute");
    return renderObject(world, closeDispute(world, cause, dispute, "lost"), form);
  });
}

function updateDispute(world: StripeWorld, cause: Cause, dispute: Dispute, form: Form): Dispute {
  refuseUnknown(form, ["evidence", "expand", "metadata", "submit"]);
  const described = { ...dispute, metadata: mergeMetadata(form, dispute.metadata) };
  const group = readGroup(form, "evidence");
  const evidence = Object.fromEntries(
    Object.keys(group ?? {}).map((name) => [name, readOptionalText(group ?? {}, name) ?? null]),
  );
  if (group === undefined || readFlag(form, "submit") === false) {
    const kept = { ...described, evidence: { ...described.evidence, ...evidence } };
    return changeDispute(world, cause, kept);
  }
  const reviewed = reviewDispute(world, cause, described, evidence);
  const verdict = verdicts[evidence["uncategorized_text"] ?? ""];
  return verdict ? closeDispute(world, cause, reviewed, verdict) : reviewed;
}
