/** Webhooks: where an operator wants to hear of jobs and datasets, what is sent, and how that went. */
import { Type, type Static } from 'typebox';

/** What an endpoint can ask for. */
export const WebhookType = Type.Union(
  [
    Type.Literal('training_job.succeeded'),
    Type.Literal('training_job.failed'),
    Type.Literal('training_job.cancelled'),
    Type.Literal('training_job.paused'),
    Type.Literal('batch_prediction.succeeded'),
    Type.Literal('batch_prediction.failed'),
    Type.Literal('batch_prediction.cancelled'),
    Type.Literal('dataset.ready'),
    Type.Literal('dataset.rejected'),
  ],
  { title: 'WebhookType' },
);
export type WebhookType = Static<typeof WebhookType>;

/** Sent to one endpoint alone, when somebody asks for it. */
export const testType = 'webhook.test';

export interface WebhookSecret {
  /** `whsec_` and base64. */
  readonly secret: string;
  /** It signs until then; null: as long as it is the newest. */
  readonly expiresAt: Date | null;
}

export interface WebhookEndpoint {
  /** `whe_…` */
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** Empty: all. */
  readonly types: readonly WebhookType[];
  /** The newest first. */
  readonly secrets: readonly WebhookSecret[];
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
  /** Since when every attempt has failed; null after one that did not. */
  readonly failingSince: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const WebhookDeliveryStatus = Type.Union(
  [Type.Literal('pending'), Type.Literal('delivered'), Type.Literal('failed'), Type.Literal('discarded')],
  {
    title: 'WebhookDeliveryStatus',
    description:
      '`pending`: will be tried at `next_attempt_at`. `failed`: given up. `discarded`: its endpoint was disabled meanwhile.',
  },
);
export type WebhookDeliveryStatus = Static<typeof WebhookDeliveryStatus>;

/** One message to one endpoint. */
export interface WebhookDelivery {
  /** `whd_…` */
  readonly id: string;
  /** `msg_…`: the `webhook-id` header, the same at every attempt. */
  readonly messageId: string;
  readonly endpointId: string;
  readonly type: string;
  readonly status: WebhookDeliveryStatus;
  /** Attempts that were begun. */
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  readonly lastAttemptAt: Date | null;
  readonly responseStatus: number | null;
  readonly error: string | null;
  readonly createdAt: Date;
}
