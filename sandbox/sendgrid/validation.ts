import { z } from "zod";

/** One complaint in SendGrid's form. */
export type MailFault = { message: string; field: string | null; help: string | null };

const MAX_PERSONALIZATIONS = 1_000;
const MAX_CUSTOM_ARGS_BYTES = 10_000;
const HELP = "https://docs.sendgrid.com/api-reference/mail-send/mail-send";

/** Headers that SendGrid writes itself, and refuses to take. */
const reservedHeaders = new Set(
  `x-sg-id x-sg-eid received dkim-signature content-type content-transfer-encoding
  to from subject reply-to cc bcc`.split(/\s+/),
);

const address = z.object({
  email: z.email("The address is not a valid e-mail address."),
  name: z.string().nullish(),
});
const texts = z.record(z.string(), z.string("Custom values must be strings."));
const headers = z
  .record(z.string(), z.string("Header values must be strings."))
  .refine(
    (headers) => Object.keys(headers).every((name) => !reservedHeaders.has(name.toLowerCase())),
    "A header that SendGrid writes itself cannot be set.",
  )
  .refine(
    (headers) => Object.entries(headers).every((pair) => !/[\r\n]/.test(pair.join(""))),
    "Headers cannot hold line breaks.",
  );
const content = z.object({
  type: z.string("The content's type is required.").min(1, "The content's type is required."),
  value: z.string("The content's value is required.").min(1, "The content's value is empty."),
});

const personalization = z.object({
  to: z.array(address, "The to array is required.").min(1, "The to array is required."),
  cc: z.array(address).default([]),
  bcc: z.array(address).default([]),
  subject: z.string().min(1).optional(),
  headers: headers.default({}),
  custom_args: texts.default({}),
});

const mailShape = z.object({
  personalizations: z
    .array(personalization, "The personalizations field is required.")
    .min(1, "The personalizations field is required.")
    .max(MAX_PERSONALIZATIONS, `There can be up to ${MAX_PERSONALIZATIONS} personalizations.`),
  from: z.object(address.shape, "The from object is required."),
  reply_to: address.optional(),
  subject: z.string().optional(),
  content: z.array(content, "The content is required.").min(1, "The content is required."),
  headers: headers.default({}),
  categories: z.array(z.string()).max(10, "There can be up to 10 categories.").default([]),
  custom_args: texts.default({}),
});

export type MailRequest = z.output<typeof mailShape>;

/** The request as mail, or everything that SendGrid would complain about. */
export function readMail(body: unknown): { mail: MailRequest } | { faults: MailFault[] } {
  const { success, data, error } = mailShape.safeParse(body);
  if (!success) {
    return {
      faults: error.issues.map(({ message, path }) => fault(message, path.join(".") || null)),
    };
  }
  const faults = faultsBetweenFields(data);
  return faults.length > 0 ? { faults } : { mail: data };
}

export function fault(message: string, field: string | null = null): MailFault {
  return { message, field, help: field === null ? null : `${HELP}#${field.split(".")[0]}` };
}

function faultsBetweenFields(mail: MailRequest): MailFault[] {
  const faults: MailFault[] = [];
  mail.personalizations.forEach((person, i) => {
    const at = `personalizations.${i}`;
    if (!person.subject && !mail.subject) {
      faults.push(fault("The subject is required.", "subject"));
    }
    const emails = [...person.to, ...person.cc, ...person.bcc].map(({ email }) =>
      email.toLowerCase(),
    );
    if (new Set(emails).size < emails.length) {
      faults.push(fault("Each address may stand once among to, cc and bcc.", at));
    }
    const args = JSON.stringify({ ...mail.custom_args, ...person.custom_args });
    if (Buffer.byteLength(args) > MAX_CUSTOM_ARGS_BYTES) {
      faults.push(fault("The custom arguments are too large.", `${at}.custom_args`));
    }
  });
  const types = mail.content.map(({ type }) => type);
  if (types.indexOf("text/plain") > 0) {
    faults.push(fault("If there is text/plain, it must be the first content.", "content"));
  }
  return faults;
}
