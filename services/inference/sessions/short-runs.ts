/**
 * Which runs are so short that to hand them to another thread and be woken by its answer takes longer than they do: those
 * may run on the event loop. Known by what runs of the same model took before.
 */

/** To wake a thread and be woken by it takes about 0.15 ms on a virtual machine; the loop stands still for no longer than a few of these. */
const shortMs = 0.5;
/** Short runs, less four for each long one (a busy machine makes a few of them long), before a model counts as short. */
const enough = 20;
const mostCredit = 2 * enough;
const costOfLong = 4;
const mostKnown = 10_000;

interface KnownRuns {
  credit: number;
  /** Inputs of as many bytes ran in a short time. */
  bytes: number;
}

export interface ShortRuns {
  ran(key: string, bytes: number, tookMs: number): void;
  /** Whether a run of that many bytes of inputs will be short, as far as is known. */
  isShort(key: string, bytes: number): boolean;
}

export function createShortRuns(): ShortRuns {
  const records = new Map<string, KnownRuns>();
  const recordOf = (key: string): KnownRuns => {
    const present = records.get(key);
    if (present !== undefined) return present;
    if (records.size >= mostKnown) records.delete(records.keys().next().value!);
    const made = { credit: 0, bytes: 0 };
    records.set(key, made);
    return made;
  };
  return {
    ran: (key, bytes, tookMs) => {
      const record = recordOf(key);
      if (tookMs <= shortMs) {
        record.credit = Math.min(mostCredit, record.credit + 1);
        record.bytes = Math.max(record.bytes, bytes);
      } else if (bytes <= record.bytes) {
        record.credit -= costOfLong;
        if (record.credit <= 0) Object.assign(record, { credit: 0, bytes: 0 });
      }
    },
    isShort: (key, bytes) => {
      const record = records.get(key);
      return record !== undefined && record.credit >= enough && bytes <= record.bytes;
    },
  };
}
