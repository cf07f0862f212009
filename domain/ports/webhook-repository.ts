import type { Verdict } from '../webhooks/judge-attempt.ts';
import type {
  WebhookDelivery,
  WebhookDeliveryStatus,
  WebhookEndpoint,
  WebhookSecret,
} from '../webhooks/webhook.ts';
import type { KeyClaim } from './idempotency-repository.ts';
import type { Page, PageRequest } from './page.ts';

/** Endpoints and what is sent to them. Messages themselves are written where what they tell of is written. */
export interface WebhookRepository {
  createEndpoint(
    endpoint: Pick<WebhookEndpoint, 'url' | 'description' | 'types'> & { secret: string },
    /** Of the request that asks for it: noted with the key in the same transaction. */
    claim?: KeyClaim,
  ): Promise<WebhookEndpoint>;
  findEndpoint(id: string): Promise<WebhookEndpoint | null>;
  listEndpoints(page: PageRequest): Promise<Page<WebhookEndpoint>>;
  /** Disabling discards what waits; enabling begins with a clean slate. Null when there is none. */
  updateEndpoint(
    id: string,
    change: Partial<Pick<WebhookEndpoint, 'url' | 'description' | 'types'>> & { enabled?: boolean },
  ): Promise<WebhookEndpoint | null>;
  /** In one transaction: no rotation gets lost beside another. */
  changeSecrets(
    id: string,
    change: (secrets: readonly WebhookSecret[]) => readonly WebhookSecret[],
  ): Promise<WebhookEndpoint | null>;
  /** With all deliveries. False when there is none. */
  deleteEndpoint(id: string): Promise<boolean>;

  /** A message for this endpoint alone, whatever types it wants. Null when there is no such endpoint, or it is disabled. */
  sendTest(endpointId: string): Promise<WebhookDelivery | null>;
  listDeliveries(
    endpointId: string,
    page: PageRequest & { status?: WebhookDeliveryStatus },
  ): Promise<Page<WebhookDelivery>>;
  /** Once more from the start of the schedule, whatever became of it. Null when there is none. */
  replay(endpointId: string, deliveryId: string): Promise<WebhookDelivery | null>;
  /** Everything since then that the endpoint wants and has not accepted, also what was never meant for it. How many. */
  replaySince(endpointId: string, since: Date): Promise<number>;

  /** Takes what is due, at most `limit`, and `perEndpoint` of each (one of an endpoint that fails). */
  claimDue(o: {
    token: string;
    limit: number;
    perEndpoint: number;
    /** A claim this old is a dead process's. */
    staleAfterMs: number;
    /** The time, where the database's clock is not meant. */
    at?: Date;
  }): Promise<readonly ClaimedDelivery[]>;
  /** False when the claim was overtaken: nothing is written then. */
  recordAttempt(
    claim: { id: string; token: string },
    verdict: Verdict,
    limits: { disableAfterMs: number; at?: Date },
  ): Promise<boolean>;
  /** Gives a claim back as if it had not been taken: the attempt was not made. */
  release(claim: { id: string; token: string }): Promise<void>;

  /** Removes messages with their deliveries, but for those that wait, and discards what waits for disabled endpoints. */
  clean(before: Date): Promise<number>;
}

export interface ClaimedDelivery {
  readonly id: string;
  readonly messageId: string;
  readonly endpointId: string;
  readonly url: string;
  readonly secrets: readonly WebhookSecret[];
  readonly body: string;
  /** With this one. */
  readonly attempts: number;
}
