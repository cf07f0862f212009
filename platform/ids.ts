/** Ids of everything that is stored: a prefix and a UUIDv7 without dashes, so that ids sort by the time they were made. */
import { v7 } from 'uuid';

export type IdPrefix = 'whe' | 'whd' | 'msg' | 'ds' | 'job' | 'ckpt' | 'mdl' | 'evt' | 'req' | 'wrk';

export const newId = (prefix: IdPrefix): string => `${prefix}_${v7().replaceAll('-', '')}`;
