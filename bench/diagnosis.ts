/** What a look inside a network costs beside the steps of training between two looks. */
import { parseArgs } from 'node:util';
import { compile } from '../engine/programs/compile.ts';
import { diagnosisProgram } from '../engine/programs/diagnosis-program.ts';
import { openSession, type Value } from '../engine/runtime/session.ts';
import { stepsPerDiagnosis } from '../engine/training/train.ts';
import { clocks, type Clock } from './contender.ts';
import { engineContender } from './engine-contender.ts';
import { engineProgram } from './engine-program.ts';
import { points, variantOf } from './points.ts';

const turns = 8;

export async function diagnosis(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { clock: { type: 'string', default: 'wall' }, hidden: { type: 'string' } },
  });
  const clock: Clock = values.clock === 'cpu' ? 'cpu' : 'wall';
  const now = clocks[clock];
  const engine = engineContender();
  console.log('step ms | look ms | % of the time | network');
  for (const point of points) {
    if (values.hidden !== undefined && Number(values.hidden) !== point.hidden) continue;
    const { problem, initial, batches } = engineProgram(point);
    const session = await openSession(compile(diagnosisProgram(problem)), { threads: 1 });
    const inputs = Object.fromEntries(
      Object.entries(batches(1)).map(([name, { data, dims }]): [string, Value] => [
        name,
        { data, dims: dims.slice(1) },
      ]),
    );
    const feeds = { parameters: { data: initial, dims: [initial.length] }, ...inputs };
    await session.run(feeds);
    await engine.prepare(point, 1);
    let [step, look] = [Infinity, Infinity];
    for (let turn = 0; turn < turns; turn++) {
      step = Math.min(step, await engine.takeTurn(150, clock));
      const start = now();
      await session.run(feeds);
      look = Math.min(look, now() - start);
    }
    await session.release();
    const share = look / (look + stepsPerDiagnosis * step);
    const { cell, input, hidden, steps, batch } = point;
    const name = [`${cell} ${[input, hidden, steps, batch].join()}`, variantOf(point)].filter(Boolean);
    console.log(
      [step.toPrecision(4), look.toPrecision(4), (100 * share).toFixed(1), name.join(', ')].join(' | '),
    );
  }
  await engine.close();
}
