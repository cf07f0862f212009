/** Wake-up calls between processes: lost ones do no harm, since every listener also looks at the table now and then. */
export type Topic =
  | `job-events:${string}`
  /** For the worker that has the job: it was asked to cancel or to pause it. */
  | `job-control:${string}`
  /** Something waits to be sent to webhook endpoints. */
  | 'webhooks';

export interface Notifications {
  notify(topic: Topic): Promise<void>;
  /** Calls back on each notification until the returned function is called. */
  listen(topic: Topic, onNotification: () => void): Promise<() => Promise<void>>;
}
