/**
 * What people would use instead, measured in November 2026 on a machine with two cores that also
 * ran the load and the stand-ins, where empty BullMQ jobs came to 5,169 a second. Rates of another
 * hour or machine are compared by their share of that.
 */
const jobsPerSecondThen = 5_169;
/** The process that added and worked them used 0.84 of a core meanwhile, and Redis 0.81. */
const jobCpuMsThen = (840 + 810) / jobsPerSecondThen;

const others = [
  {
    name: "one job = one transaction, same queues",
    clients: 256,
    ordersPerSecond: 115,
    cpuMs: 14.6,
    remark: "the obvious design, as a prototype",
  },
  {
    name: "the same in batches, no reads of Stripe",
    clients: 256,
    ordersPerSecond: 424,
    cpuMs: 3.8,
    remark: "a prototype without ledger, contacts, operators",
  },
  {
    name: "DBOS Transact, four steps",
    clients: 64,
    ordersPerSecond: 77,
    cpuMs: 8,
    remark: "no shop around it",
  },
  {
    name: "Restate, four steps",
    clients: 64,
    ordersPerSecond: 130,
    cpuMs: 10,
    remark: "no shop around it",
  },
  {
    name: "Vendure 3.7",
    clients: 64,
    ordersPerSecond: 5.9,
    cpuMs: 158,
    remark: "sold 500 of a stock of 50",
  },
  {
    name: "Medusa 2.21",
    clients: 64,
    ordersPerSecond: 1.6,
    cpuMs: 963,
    remark: "of 150 buyers of 50 units 9 succeeded",
  },
] as const;

/** Each at its best, with the ratios that Aurora's own figures have, too. */
export const comparison = others.map((other) => ({
  ...other,
  jobsShare: other.ordersPerSecond / jobsPerSecondThen,
  cpuInJobs: other.cpuMs / jobCpuMsThen,
}));

/** The others as a table below Aurora's own figures. */
export function showOthers(): string {
  const lines = comparison.map((other) =>
    [
      `  ${other.name.padEnd(40)}`,
      String(other.clients).padStart(7),
      other.ordersPerSecond.toFixed(1).padStart(10),
      other.jobsShare.toFixed(4).padStart(12),
      other.cpuMs.toFixed(1).padStart(14),
      other.cpuInJobs.toFixed(0).padStart(15),
      `  ${other.remark}`,
    ].join(""),
  );
  const title = "What people would use instead, each at its best (J was 5,169 a second then)";
  const head = `  ${"".padEnd(40)}clients  orders/s  share of J  CPU an order  in empty jobs`;
  return [title, head, ...lines].join("\n");
}
