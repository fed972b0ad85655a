/** What can go wrong with what operators ask for, by its stable name. */
export const opsProblems = {
  act_refused: {
    status: 409,
    title: "The order does not allow that now",
    help: "The code and the detail say why, and what to do instead. Nothing was done.",
  },
  order_changed: {
    status: 409,
    title: "The order has changed since you looked",
    help:
      "Somebody or something was faster; nothing was done. `present` tells how the order stands " +
      "now: look again, then send its version in If-Match.",
  },
  version_required: {
    status: 428,
    title: "The act does not say which version of the order it is meant for",
    help: 'Send the version that you saw in If-Match, such as If-Match: "7".',
  },
  invalid_act: {
    status: 422,
    title: "The act does not fit",
    help: "Mend the fields that are named under errors. GET /ops/api/acts tells what fits.",
  },
  role_too_low: {
    status: 403,
    title: "Your role may not do that",
    help: "Ask an admin to do it, or to give you another role with npm run operators.",
  },
  nothing_found: {
    status: 404,
    title: "There is no such thing",
    help: "Check the id: the detail says of what.",
  },
} as const;
