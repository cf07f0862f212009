/** A job's events as server-sent events: from the first one on, through broken connections, to the end of the stream. */
import { setTimeout as delay } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { ApiError, type ApiClient } from './api-client.ts';

export interface JobEvent {
  readonly type: string;
  /** What the event says; empty for the progress in between, which is in no log. */
  readonly data: Readonly<Record<string, unknown>>;
}

const reconnectMs = 500;
const attempts = 10;

/** Ends after the event that ends the job. A connection that breaks is opened again from the last event's id. */
export async function* followJob(
  api: ApiClient,
  jobId: string,
  signal: AbortSignal,
): AsyncGenerator<JobEvent> {
  let lastId: string | undefined;
  let lastError = 'the stream ended before the job did';
  for (let failures = 0; failures < attempts; failures++) {
    if (failures > 0) await delay(reconnectMs, undefined, { signal });
    try {
      const body = await api.stream(`/v1/training-jobs/${jobId}/events`, {
        accept: 'text/event-stream',
        ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
      });
      const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for await (const event of events) {
        failures = 0;
        lastId = event.id ?? lastId;
        const type = event.event ?? 'message';
        const { data = {} } = JSON.parse(event.data) as Partial<JobEvent>;
        yield { type, data };
        if (/\.(succeeded|failed|cancelled)$/.test(type)) return;
      }
    } catch (error) {
      signal.throwIfAborted();
      lastError = (error as Error).message;
    }
  }
  throw new ApiError(`The events of ${jobId} broke off: ${lastError}`);
}
