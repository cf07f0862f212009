/** HTTP load with autocannon, and what came of it. */
import autocannon from 'autocannon';

export interface Load {
  readonly url: string;
  /** JSON bodies, sent in turn on each connection. */
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second of all connections together; as many as are answered, unless given. */
  readonly rate?: number;
}

export interface Loaded {
  /** Answers of 200 a second. */
  readonly rps: number;
  readonly p50: number;
  readonly p99: number;
  /** By status, and those that were not answered under 0. */
  readonly counts: ReadonlyMap<number, number>;
  /** Milliseconds of the answers with another status than 200. */
  readonly refusalP50: number;
  readonly refusalP99: number;
}

export async function load({ url, bodies, connections, seconds, rate }: Load): Promise<Loaded> {
  const answered: number[] = [];
  const refused: number[] = [];
  const counts = new Map<number, number>();
  const options: autocannon.Options = {
    url,
    connections,
    duration: seconds,
    timeout: 60,
    ...(rate !== undefined && { overallRate: rate }),
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    requests: bodies.map((body) => ({ body })),
  };
  const startedAt = performance.now();
  let lastAt = startedAt;
  await new Promise<void>((resolve, reject) => {
    const instance = autocannon(options, (error, result) => {
      if (error) reject(error as Error);
      else {
        if (result.errors > 0) counts.set(0, result.errors);
        resolve();
      }
    });
    instance.on('response', (_client, status, _bytes, milliseconds) => {
      lastAt = performance.now();
      (status === 200 ? answered : refused).push(milliseconds);
      counts.set(status, (counts.get(status) ?? 0) + 1);
    });
  });
  answered.sort((a, b) => a - b);
  refused.sort((a, b) => a - b);
  return {
    rps: (answered.length / (lastAt - startedAt)) * 1000,
    p50: quantile(answered, 0.5),
    p99: quantile(answered, 0.99),
    counts,
    refusalP50: quantile(refused, 0.5),
    refusalP99: quantile(refused, 0.99),
  };
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
