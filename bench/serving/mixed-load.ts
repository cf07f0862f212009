/**
 * Many models, memory for a fifth of them, clients that ask now this one, now that one: every answer is compared with what
 * ONNX Runtime says of the file when it is asked directly, and the process's memory is watched.
 */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { openSession, type Session } from '../../engine/runtime/session.ts';
import { reckonSessionBytes } from '../../services/inference/sessions/session-bytes.ts';
import type { Print } from '../serve.ts';
import { windows } from './bodies.ts';
import { forecastModel } from './models.ts';
import { residentMegabytes, type BenchService } from './service.ts';

const clients = 32;
const steps = [10, 30, 50, 80, 120];
const hidden = [8, 16, 32, 64];
const bodiesOfEach = 8;

interface Question {
  readonly path: string;
  readonly body: string;
  readonly expected: number;
}

export async function mixedLoad(
  service: BenchService,
  o: { models: number; seconds: number; print: Print },
): Promise<void> {
  const questions: Question[] = [];
  let bytes = 0;
  for (let model = 0; model < o.models; model++) {
    const T = steps[model % steps.length]!;
    const name = `model-${model}`;
    const file = await forecastModel(service, {
      name,
      hidden: hidden[model % hidden.length]!,
      steps: T,
      seed: model,
    });
    bytes += reckonSessionBytes(file.length);
    const session = await openSession(file, { threads: 1 });
    for (const body of windows(T, bodiesOfEach))
      questions.push({
        path: `/v1/models/${name}/predictions`,
        body,
        expected: await answerOf(session, body),
      });
    await session.release();
  }

  const served = await service.start({ MODEL_CACHE_BYTES: String(Math.ceil(bytes / 5)) });
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const endAt = performance.now() + o.seconds * 1000;
  let [right, wrong, failed] = [0, 0, 0];
  const memory: number[] = [];
  const watch = (async () => {
    while (performance.now() < endAt) {
      memory.push(residentMegabytes(served.pid));
      await delay(1000);
    }
  })();
  const ask = async (client: number): Promise<void> => {
    for (let turn = client; performance.now() < endAt; turn++) {
      // Some models are asked often, all are asked again and again.
      const often = turn % 3 === 0;
      const index =
        (turn * 7919 + client * 104_729) % (often ? questions.length : Math.ceil(questions.length / 4));
      const question = questions[index]!;
      const got = await post(agent, `${served.url}${question.path}`, question.body);
      if (got === null) failed++;
      else if (Math.abs(got - question.expected) <= 1e-5 * Math.max(1, Math.abs(question.expected))) right++;
      else wrong++;
    }
  };
  try {
    await Promise.all([watch, ...Array.from({ length: clients }, (_, client) => ask(client))]);
    const settledAt = Math.min(60, Math.floor(memory.length / 4));
    const [first, last] = [memory[settledAt] ?? Number.NaN, Math.max(...memory.slice(-5))];
    const row = {
      models: o.models,
      seconds: o.seconds,
      right,
      wrong,
      failed,
      settled_mb: first,
      end_mb: last,
      growth_mb: last - first,
      /** Every half minute. */
      memory_mb: memory.filter((_, second) => second % 30 === 0),
    };
    o.print(
      row,
      `${o.models} models, memory for a fifth, ${o.seconds} s: ${right} right, ${wrong} wrong, ${failed} without an answer of 200; ` +
        `${first} MB after ${settledAt} s, ${last} MB at the end (every half minute: ${row.memory_mb.join(', ')})`,
    );
    if (wrong + failed > 0) process.exitCode = 1;
  } finally {
    agent.destroy();
    await served.stop();
  }
}

async function answerOf(session: Session, body: string): Promise<number> {
  const { inputs } = JSON.parse(body) as { inputs: [{ rows: { value: number }[] }] };
  const data = Float32Array.from(inputs[0].rows, ({ value }) => value);
  const { y } = await session.run({ x: { data, dims: [1, data.length, 1] } });
  return y!.data[0]!;
}

/** The forecast; null for any other answer than 200. */
const post = (agent: Agent, url: string, body: string): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        if (response.statusCode !== 200) resolve(null);
        else {
          const { predictions } = JSON.parse(text) as { predictions: [{ forecast: [{ value: number }] }] };
          resolve(predictions[0].forecast[0].value);
        }
      });
    });
    sent.on('error', reject).end(body);
  });
