/** Follows a job's events as a stream, through broken connections, as a browser's EventSource would. */
import { setTimeout as delay } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Client } from './client.ts';

const reconnectMs = 200;

/** The sequences of the durable events, in the order in which they came. Resolves after the last event of the job. */
export async function watchEvents(client: Client, jobId: string, signal: AbortSignal): Promise<number[]> {
  const seen: number[] = [];
  for (;;) {
    try {
      const last = seen.at(-1);
      const response = await client.stream(`/v1/training-jobs/${jobId}/events`, {
        accept: 'text/event-stream',
        ...(last !== undefined && { 'last-event-id': String(last) }),
      });
      if (response.status === 204) return seen;
      if (response.ok && response.body !== null) {
        const events = response.body
          .pipeThrough(new TextDecoderStream())
          .pipeThrough(new EventSourceParserStream());
        for await (const { id, event } of events) {
          if (id !== undefined) seen.push(Number(id));
          if (/\.(succeeded|failed|cancelled)$/.test(event ?? '')) return seen;
        }
      } else await response.arrayBuffer();
    } catch {
      signal.throwIfAborted();
    }
    await delay(reconnectMs, undefined, { signal });
  }
}
