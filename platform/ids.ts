/** Ids of everything that is stored: a prefix and a UUIDv7 without dashes, so that ids sort by the time they were made. */
import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';

export type IdPrefix = 'whe' | 'whd' | 'msg' | 'ds' | 'job' | 'ckpt' | 'mdl' | 'evt' | 'str' | 'wrk' | 'bp';

export const newId = (prefix: IdPrefix): string => `${prefix}_${v7().replaceAll('-', '')}`;

/** Of a request: made for each, kept nowhere but in logs. Not in the order of time: that would take several times as long. */
export const newRequestId = (): string => `req_${randomUUID().replaceAll('-', '')}`;
