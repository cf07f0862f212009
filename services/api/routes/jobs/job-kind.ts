/** What the routes that all kinds of jobs have need to know of one kind. Their own routes are beside them, in routes.ts of each. */
import { Type, type TObject, type TSchema } from 'typebox';
import { UnrollError } from '../../../../domain/errors/unroll-error.ts';
import type { JobEvent } from '../../../../domain/jobs/job-event.ts';
import type { Page, PageRequest } from '../../../../domain/ports/page.ts';
import type { TrainingJobStatus } from '../../../../domain/training-jobs/training-job.ts';
import type { EventFeed } from './event-feed.ts';
import type { EventResource } from './event-schemas.ts';

export const JobParams = Type.Object({ id: Type.String() });

export interface AnyJob {
  readonly id: string;
  readonly status: TrainingJobStatus;
}

/** On the wire: what a kind adds to it, its schema says. */
export interface AnyJobResource {
  id: string;
}

export interface PageQuery {
  limit: number;
  after?: string;
  created_after?: string;
}

/** `Query`: of the list, with the filters of this kind. */
export interface JobKind<Job extends AnyJob, Wire extends AnyJobResource, Query extends PageQuery> {
  readonly path: `/v1/${string}`;
  /** As in `operationId`s, and as messages call one of them. */
  readonly name: string;
  readonly noun: string;
  readonly tag: string;
  readonly descriptions: Readonly<Record<'get' | 'cancel' | 'delete' | 'events', string>>;
  readonly schemas: {
    readonly resource: TSchema;
    readonly list: TSchema;
    readonly listQuery: TObject;
    readonly eventList: TSchema;
  };
  readonly examples: {
    readonly one: Wire;
    readonly cancelling: Wire;
    readonly event: EventResource;
    readonly eventStream: string;
  };
  /** In the same order. */
  readonly present: (jobs: readonly Job[]) => Promise<Wire[]>;
  readonly find: (id: string) => Promise<Job | null>;
  readonly list: (page: PageRequest, query: Query) => Promise<Page<Job>>;
  /** Throws `not_found`, or `conflict` when it has ended otherwise. */
  readonly cancel: (id: string) => Promise<Job>;
  /** Throws `not_found`, or `conflict` when it has not ended. */
  readonly delete: (id: string) => Promise<void>;
  readonly events: (
    jobId: string,
    page: { afterSequence: number; limit: number },
  ) => Promise<readonly JobEvent[]>;
  readonly feed: EventFeed;
}

/** Finds out the types of a kind. */
export const jobKind = <Job extends AnyJob, Wire extends AnyJobResource, Query extends PageQuery>(
  kind: JobKind<Job, Wire, Query>,
): JobKind<Job, Wire, Query> => kind;

/** How the routes of a kind find a job and tell of it. */
export function jobAccess<Job extends AnyJob, Wire extends AnyJobResource, Query extends PageQuery>({
  noun,
  ...kind
}: JobKind<Job, Wire, Query>): {
  /** Throws `not_found`. */
  find: (id: string) => Promise<Job>;
  present: (job: Job) => Promise<Wire>;
} {
  return {
    async find(id) {
      const job = await kind.find(id);
      if (job === null) throw new UnrollError('not_found', `There is no ${noun} ${id}`);
      return job;
    },
    async present(job) {
      const [resource] = await kind.present([job]);
      if (resource === undefined) throw new Error('internal: a job that is not presented');
      return resource;
    },
  };
}
