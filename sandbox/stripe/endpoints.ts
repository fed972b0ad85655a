import { API_VERSION } from "./events.ts";
import type { Form } from "./form.ts";
import { invalid, readList, readText, refuseUnknown } from "./params.ts";
import { notFound } from "./problems.ts";
import type { StripeWorld, WebhookEndpoint } from "./world.ts";

/** The sandbox has one endpoint, set when it starts; registering one moves it. */
export function moveEndpoint(world: StripeWorld, form: Form): string {
  refuseUnknown(form, ["api_version", "description", "enabled_events", "metadata", "url"]);
  const url = readText(form, "url");
  const enabledEvents = readList(form, "enabled_events");
  if (!URL.canParse(url)) throw invalid("url", "Invalid URL");
  if (enabledEvents === undefined) throw invalid("enabled_events", "Events are required");
  if (world.endpoint === undefined) {
    throw invalid("url", "The sandbox signs nothing: start it with STRIPE_WEBHOOK_SECRET");
  }
  world.endpoint = { ...world.endpoint, url, enabledEvents };
  return JSON.stringify({ ...endpointObject(world.endpoint), secret: world.endpoint.secrets[0] });
}

export function findEndpoint(world: StripeWorld, id: string): WebhookEndpoint {
  if (world.endpoint?.id === id) return world.endpoint;
  throw notFound("webhook endpoint", id);
}

export function renderEndpoint(endpoint: WebhookEndpoint): string {
  return JSON.stringify(endpointObject(endpoint));
}

function endpointObject(endpoint: WebhookEndpoint) {
  return {
    id: endpoint.id,
    object: "webhook_endpoint",
    api_version: API_VERSION,
    application: null,
    created: endpoint.created,
    description: null,
    enabled_events: endpoint.enabledEvents,
    livemode: false,
    metadata: {},
    status: "enabled",
    url: endpoint.url,
  };
}
