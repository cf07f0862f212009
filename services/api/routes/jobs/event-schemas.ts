/** The log of a job on the wire, whatever its kind. */
import { Type, type Static, type TSchema, type TString } from 'typebox';
import type { JobEvent } from '../../../../domain/jobs/job-event.ts';
import { Timestamp } from '../../../http/answers.ts';

/** `types`: what happens to this kind of job. */
export const eventOf = <Types extends TSchema>(types: Types, title: string) =>
  Type.Object(
    {
      id: Type.String(),
      sequence: Type.Integer({ description: 'Counts from 1 without gaps within a job.' }),
      type: types,
      level: Type.Union([Type.Literal('info'), Type.Literal('warning'), Type.Literal('error')]),
      data: Type.Record(Type.String(), Type.Unknown()),
      created_at: Timestamp,
    },
    { title, additionalProperties: false },
  );

export type EventResource = Static<ReturnType<typeof eventOf<TString>>>;

export const eventListOf = <Event extends TSchema>(event: Event, title: string) =>
  Type.Object(
    {
      data: Type.Array(event, { description: 'Oldest first.' }),
      has_more: Type.Boolean(),
      next: Type.Union([Type.Integer(), Type.Null()], {
        description: 'Give it as `after` to get what follows; null when this is all so far.',
      }),
    },
    { title, additionalProperties: false },
  );

export const EventsQuery = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2_147_483_647,
        description: 'Only events with a greater `sequence`.',
      }),
    ),
    limit: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 100,
      description: 'How many at most; a live stream has no end but the job’s.',
    }),
  },
  { additionalProperties: false },
);

export const LastEventId = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ pattern: '^[0-9]{1,9}$', description: 'the `id` of an event of this job' }),
  ),
});

export const presentEvent = (event: JobEvent): EventResource => ({
  id: event.id,
  sequence: event.sequence,
  type: event.type,
  level: event.level,
  data: { ...event.data },
  created_at: event.createdAt.toISOString(),
});
