/** A mail as it was accepted, for one set of recipients. */
export type Mail = {
  id: string;
  acceptedAt: string;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  from: Address;
  replyTo: Address | null;
  subject: string;
  /** Null once the mail is so old that only its envelope is kept. */
  text: string | null;
  html: string | null;
  headers: Record<string, string>;
  categories: string[];
  customArgs: Record<string, string>;
  orderId: string | null;
  notificationId: string | null;
};

export type Address = { email: string; name: string | null };

export function showAddress({ email, name }: Address): string {
  return name === null ? email : `${name} <${email}>`;
}
