import { once, untilMended } from "./fault-switch.ts";
import type { StandInDesk } from "./stand-in-desk.ts";
import type { Switch } from "./switch.ts";

/** What goes wrong with SendGrid and Twilio. */
export function messageSwitches(
  desk: StandInDesk,
  standIns: { sendgrid: boolean; twilio: boolean },
): Switch[] {
  return [...(standIns.sendgrid ? mail(desk) : []), ...(standIns.twilio ? sms(desk) : [])];
}

const group = "Messages";

function mail(desk: StandInDesk): Switch[] {
  const service = "sendgrid";
  return [
    untilMended(desk, {
      ...{ id: "mail_down", group, title: "Mail is down" },
      happens: "SendGrid answers every mail with 503, so that none is sent.",
      watch: "Orders are paid as ever; their mail is late, and leaves by itself when it is mended.",
      faults: [{ service, kind: "status", status: 503 }],
    }),
    once(desk, {
      ...{ id: "mail_refused", group, title: "Next mail refused for good" },
      happens: "SendGrid refuses the next mail as wrong: to send it again would change nothing.",
      watch: "The message has failed and the order is a problem until somebody sends it again.",
      faults: [{ service, kind: "status", status: 400 }],
    }),
    once(desk, {
      ...{ id: "mail_unknown", group, title: "Answer to the next mail lost" },
      happens: "SendGrid takes the next mail, and Aurora does not hear of it.",
      watch:
        "It may be sent once more after a while: no supplier of mail can tell us that it went.",
      faults: [{ service, kind: "drop_after" }],
    }),
    {
      ...{ id: "mail_bounces", group, title: "Mails come back" },
      happens: "SendGrid takes each mail, and soon tells that the mailbox does not exist.",
      watch: "The order is a problem: its message was sent and did not reach the customer.",
      state: ({ stripe }) => (stripe.mailFate?.fate === "bounce" ? "on" : null),
      undo: () => desk.tell("sendgrid/fate"),
      acts: breakOrMend(
        () => desk.tell("sendgrid/fate", { fate: "bounce" }),
        () => desk.tell("sendgrid/fate"),
        "mails come back",
      ),
    },
  ];
}

function sms(desk: StandInDesk): Switch[] {
  const service = "twilio";
  return [
    untilMended(desk, {
      ...{ id: "sms_down", group, title: "SMS is down" },
      happens: "Twilio answers every text message with 503, so that none is sent.",
      watch: "Texts wait, mails do not, and no order waits for either.",
      faults: [{ service, kind: "status", status: 503 }],
    }),
    once(desk, {
      ...{ id: "sms_refused", group, title: "Next SMS refused for good" },
      happens: "Twilio refuses the next text message as wrong: to send it again changes nothing.",
      watch: "The order is a problem until somebody sends it again, or by e-mail.",
      faults: [{ service, kind: "status", status: 400 }],
    }),
    {
      ...{ id: "sms_lost", group, title: "Texts do not arrive" },
      happens: "Twilio takes each text message, and soon tells that no telephone took it.",
      watch: "The order is a problem, and the way round it is the e-mail.",
      state: ({ stripe }) => (stripe.smsLost === null ? null : "on"),
      undo: () => desk.tell("twilio/lost"),
      acts: breakOrMend(
        () => desk.tell("twilio/lost", { on: true }),
        () => desk.tell("twilio/lost"),
        "texts do not arrive",
      ),
    },
  ];
}

/** What is so from now on, until somebody takes it back. */
function breakOrMend(
  begin: () => Promise<void>,
  end: () => Promise<void>,
  what: string,
): Switch["acts"] {
  const act = (id: string, label: string, run: () => Promise<void>, said: string) => ({
    ...{ id, label },
    run: () => run().then(() => said),
  });
  return [
    act("on", "Break it", begin, `From now on ${what}, until you mend it.`),
    act("off", "Mend it", end, `Mended: ${what} no more.`),
  ];
}
