/** Others' words for rows and logs, where no address and no telephone number may stand. */
export function withoutPerson(text: string, longest: number): string {
  return text
    .replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, "(address)")
    .replace(/\+\d[\d\s().-]{5,}\d|\d{8,}/g, "(number)")
    .slice(0, longest);
}
