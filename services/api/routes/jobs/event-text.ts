/** What is sent to those who watch a job, as the text of an event stream (WHATWG HTML, 9.2). */
import type { JobEvent } from '../../../../domain/jobs/job-event.ts';
import { presentEvent } from './event-schemas.ts';

/** How soon a client may come back that has lost its connection. */
export const retryText = Buffer.from('retry: 1000\n\n');

/** Keeps a quiet connection open. */
export const heartbeatText = Buffer.from(': still here\n\n');

/** With the sequence as id. */
export const eventText = (event: JobEvent): Buffer =>
  Buffer.from(
    `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(presentEvent(event))}\n\n`,
  );
