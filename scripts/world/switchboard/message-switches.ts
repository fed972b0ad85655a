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
  ];
}
