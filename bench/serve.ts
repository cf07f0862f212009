/**
 * Predictions under load: the whole service beside what people would otherwise write (FastAPI, uvicorn, onnxruntime), with the
 * same files, bodies and connections, one after the other. README.md says what is measured.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { texts, windows } from './serving/bodies.ts';
import { load, type Load, type Loaded } from './serving/load.ts';
import { mixedLoad } from './serving/mixed-load.ts';
import { alphabet, forecastModel, readerModel } from './serving/models.ts';
import { overload } from './serving/overload.ts';
import { hasWrk, loadByWrk } from './serving/wrk.ts';
import {
  openBenchService,
  processorSeconds,
  residentMegabytes,
  startPeer,
  type BenchService,
} from './serving/service.ts';

const options = {
  connections: { type: 'string', default: '1,16,64,256' },
  seconds: { type: 'string', default: '10' },
  /** How often each is measured, in turns with the others; its turn with the most answers counts. */
  turns: { type: 'string', default: '3' },
  /** Who asks: `wrk` or `autocannon`; wrk unless it is missing. */
  client: { type: 'string', default: hasWrk() ? 'wrk' : 'autocannon' },
  json: { type: 'boolean', default: false },
  /** Only the service itself. */
  alone: { type: 'boolean', default: false },
  mixed: { type: 'boolean', default: false },
  overload: { type: 'boolean', default: false },
  models: { type: 'string', default: '50' },
} as const;

export async function serve(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options });
  const seconds = Number(values.seconds);
  const print = (row: object, text: string): void => console.log(values.json ? JSON.stringify(row) : text);
  const service = await openBenchService();
  try {
    if (values.mixed) await mixedLoad(service, { models: Number(values.models), seconds, print });
    else if (values.overload) await overload(service, { seconds, print });
    else
      await beside(service, {
        connections: values.connections.split(',').map(Number),
        seconds,
        turns: Number(values.turns),
        withPeer: !values.alone,
        client: values.client,
        print,
      });
  } finally {
    await service.close();
  }
}

export type Print = (row: object, text: string) => void;

interface Besides {
  readonly connections: readonly number[];
  readonly seconds: number;
  readonly turns: number;
  readonly withPeer: boolean;
  readonly client: string;
  readonly print: Print;
}

type Answered = Pick<Loaded, 'rps' | 'p50' | 'p99' | 'counts'>;

/** Who is asked, and where. */
interface Contender {
  readonly pid: number;
  readonly url: string;
}

const warmUpSeconds = 5;

interface Measured extends Answered {
  /** Microseconds of processor time for each answer: what other work on the machine changes least. */
  readonly cpuUs: number;
}

const clients: Readonly<Record<string, (load: Load) => Promise<Answered>>> = {
  autocannon: load,
  wrk: loadByWrk,
};

async function beside(service: BenchService, o: Besides): Promise<void> {
  const send = clients[o.client];
  if (send === undefined)
    throw new Error(`--client: expected one of ${Object.keys(clients).join()}, got ${o.client}`);
  const forecast = await forecastModel(service, { name: 'forecast', hidden: 64, steps: 50, seed: 1 });
  const reader = await readerModel(service, { name: 'reader', hidden: 64, steps: 200, seed: 2 });
  const [forecastFile, readerFile, vocabularyFile] = ['forecast.onnx', 'reader.onnx', 'vocabulary.json'].map(
    (name) => join(service.directory, name),
  ) as [string, string, string];
  await writeFile(forecastFile, forecast);
  await writeFile(readerFile, reader);
  await writeFile(vocabularyFile, JSON.stringify(alphabet));

  const ours = await service.start();
  const files = [forecastFile, readerFile, vocabularyFile];
  // Both ways in which it is written; the faster one counts, for each load.
  const peers = o.withPeer
    ? (await Promise.all(['ASYNC', 'SYNC'].map((style) => startPeer([...files, style])))).filter(
        (peer) => peer !== null,
      )
    : [];
  if (o.withPeer && peers.length === 0)
    console.error('no peer: this Python has no fastapi, uvicorn and onnxruntime');
  const loads = [
    { steps: '50', bodies: windows(50), path: '/v1/models/forecast/predictions', peerPath: '/forecast' },
    { steps: '10-200', bodies: texts(10, 200), path: '/v1/models/reader/predictions', peerPath: '/classify' },
  ];
  try {
    if (peers[0]) {
      await agree(
        `${ours.url}${loads[0]!.path}`,
        `${peers[0].url}${loads[0]!.peerPath}`,
        loads[0]!.bodies[0]!,
      );
      await agree(
        `${ours.url}${loads[1]!.path}`,
        `${peers[0].url}${loads[1]!.peerPath}`,
        loads[1]!.bodies[0]!,
      );
    }
    for (const { steps, bodies, path, peerPath } of loads) {
      for (const connections of o.connections) {
        const measure = async ({ pid, url }: Contender): Promise<Measured> => {
          const before = processorSeconds(pid);
          const loaded = await send({ url, bodies, connections, seconds: o.seconds });
          const cpuSeconds = processorSeconds(pid) - before;
          const bad = [...loaded.counts].filter(([status]) => status !== 200);
          if (bad.length > 0) console.error(`${url}: ${JSON.stringify(bad)} of other answers`);
          return { ...loaded, cpuUs: (cpuSeconds / (loaded.counts.get(200) ?? 0)) * 1e6 };
        };
        const contenders: readonly Contender[] = [
          { pid: ours.pid, url: `${ours.url}${path}` },
          ...peers.map((peer) => ({ pid: peer.pid, url: `${peer.url}${peerPath}` })),
        ];
        // compilers that work while a program runs have done so by then
        for (const { url } of contenders) await send({ url, bodies, connections, seconds: warmUpSeconds });
        const best: Measured[] = [];
        for (let turn = 0; turn < o.turns; turn++) {
          for (const [index, contender] of contenders.entries()) {
            const measured = await measure(contender);
            if (measured.rps > (best[index]?.rps ?? 0)) best[index] = measured;
          }
        }
        const [own, ...others] = best as [Measured, ...Measured[]];
        const peer = others.toSorted((a, b) => b.rps - a.rps)[0] ?? null;
        const row = {
          steps,
          client: o.client,
          connections,
          ours_rps: round(own.rps),
          peer_rps: peer && round(peer.rps),
          ratio: peer && round(own.rps / peer.rps),
          ours_p50_ms: round(own.p50),
          ours_p99_ms: round(own.p99),
          peer_p50_ms: peer && round(peer.p50),
          peer_p99_ms: peer && round(peer.p99),
          ours_cpu_us: round(own.cpuUs),
          peer_cpu_us: peer && round(peer.cpuUs),
          ours_mb: residentMegabytes(ours.pid),
          peer_mb: peers[0] ? residentMegabytes(peers[0].pid) : null,
        };
        o.print(row, line(row));
      }
    }
    if (peers[0])
      console.error(
        `peer: ${await (await fetch(`${peers[0].url}/versions`)).text()}; Node ${process.version}`,
      );
  } finally {
    await Promise.all([ours, ...peers].map((one) => one.stop()));
  }
}

const line = (row: Readonly<Record<string, string | number | null>>): string =>
  Object.entries(row)
    .map(([name, value]) => `${name} ${value ?? '-'}`)
    .join('   ');

export const round = (value: number): number => Number(value.toPrecision(4));

/** Both answer the same numbers: otherwise they would not do the same work. */
async function agree(own: string, peer: string, body: string): Promise<void> {
  const numbers = await Promise.all(
    [own, peer].map(async (url) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const { predictions } = (await response.json()) as { predictions: unknown[] };
      return [...JSON.stringify(predictions).matchAll(/-?\d+\.\d+(?:e-?\d+)?/g)].map(Number);
    }),
  );
  const [ours, theirs] = numbers as [number[], number[]];
  const differs =
    ours.length !== theirs.length || ours.some((value, index) => Math.abs(value - theirs[index]!) > 1e-4);
  if (ours.length === 0 || differs)
    throw new Error(`expected the same answers, got ${ours.join()} and ${theirs.join()}`);
}
