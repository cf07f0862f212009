/** Many texts drawn side by side: those that are not at their end share each run of the model. */
import { randomStream, type RandomStream } from '../random/random-stream.ts';
import type { Session, Tensor, Value } from '../runtime/session.ts';
import type { Written } from './greedy.ts';
import { keepName } from '../programs/carried-states.ts';
import { takeRows } from './rows.ts';
import { sample, type Sampling } from './sample.ts';

export interface Prompt {
  /** Read first; at least one. */
  readonly ids: ArrayLike<number>;
  /** Of the random numbers by which its text is drawn. */
  readonly seed: number;
}

export interface TextSampling extends Sampling {
  /** The token that ends a text. */
  readonly end: number;
  /** Tokens that are never drawn. */
  readonly never: readonly number[];
  /** Tokens of a text, its end not counted. */
  readonly maxLength: number;
}

/** Of which random stream a text is drawn: that of its seed and this name. */
export const samplingStream = 'sampling';

/** Texts that share a run, at most: the prompts that are given together are cut into groups of so many of like lengths. */
const together = 128;

/** Numbers that the outputs of one run may have: long prompts are read in pieces. */
export const mostLogits = 2 ** 20;

interface Text {
  readonly index: number;
  readonly prompt: ArrayLike<number>;
  readonly random: RandomStream;
  readonly tokens: number[];
  /** Ids that were read: of the prompt, then of the text. */
  read: number;
  logProbability: number;
  ended: boolean;
}

/**
 * The same prompts in the same order give the same texts, each that of its seed. What a text's neighbours are may change its numbers in the last bits (a product of matrices
 * adds up otherwise for other numbers of rows), so that prompts which are to be done again alike are to be given in the same company.
 * @param session - of the file that exportLanguageModel writes
 * @returns by prompt
 */
export async function sampleTexts(
  session: Pick<Session, 'run' | 'signature'>,
  prompts: readonly Prompt[],
  sampling: TextSampling,
): Promise<readonly Written[]> {
  const texts = prompts.map(({ ids, seed }, index): Text => {
    const random = randomStream(seed, samplingStream);
    return { index, prompt: ids, random, tokens: [], read: 0, logProbability: 0, ended: false };
  });
  const byLength = texts.toSorted((a, b) => a.prompt.length - b.prompt.length || a.index - b.index);
  for (let first = 0; first < byLength.length; first += together)
    await write(session, byLength.slice(first, first + together), sampling);
  return texts.map(({ tokens, logProbability, ended }) => ({ tokens, logProbability, ended }));
}

async function write(
  session: Pick<Session, 'run' | 'signature'>,
  texts: readonly Text[],
  sampling: TextSampling,
): Promise<void> {
  const never = new Set(sampling.never);
  const inputs = session.signature.inputs.filter(({ name }) => name !== 'tokens');
  const names = inputs.filter(({ name }) => name !== keepName);
  const learnsInitialStates = inputs.length > names.length;
  let keep = new Float32Array(texts.length);
  const outputs = ['logits', ...names.map(({ name }) => `next_${name}`)];
  let live = texts;
  let states: Readonly<Record<string, Value>> = Object.fromEntries(
    names.map(({ name, shape }) => {
      const size = Number(shape[1]);
      return [name, { data: new Float32Array(live.length * size), dims: [live.length, size] }];
    }),
  );
  const vocabulary = Number(session.signature.outputs.find(({ name }) => name === 'logits')!.shape[2]);
  while (live.length > 0) {
    const unread = Math.min(...live.map(({ prompt, read }) => Math.max(1, prompt.length - read)));
    const steps = Math.min(unread, Math.max(1, Math.floor(mostLogits / (vocabulary * live.length))));
    const results = await session.run(
      {
        tokens: nextIds(live, steps),
        ...states,
        ...(learnsInitialStates && { [keepName]: { data: keep, dims: [live.length] } }),
      },
      outputs,
    );
    const logits = results.logits!.data;
    live.forEach((text, row) => {
      text.read += steps;
      if (text.read < text.prompt.length) return;
      const end = (row + 1) * steps * vocabulary;
      const scores = logits.subarray(end - vocabulary, end);
      const { token, logProbability } = sample(scores, sampling, text.random.next(), never);
      text.logProbability += logProbability;
      text.ended = token === sampling.end;
      if (!text.ended) text.tokens.push(token);
    });
    const kept = live.flatMap(({ ended, tokens }, row) =>
      ended || tokens.length >= sampling.maxLength ? [] : [row],
    );
    const isWhole = kept.length === live.length;
    states = Object.fromEntries(
      names.map(({ name }) => {
        const next = results[`next_${name}`]!;
        return [name, isWhole ? next : takeRows(next, kept)];
      }),
    );
    if (!isWhole) live = kept.map((row) => live[row]!);
    keep = new Float32Array(live.length).fill(1);
  }
}

/** [N,T]: of each text what follows on what was read. */
function nextIds(texts: readonly Text[], steps: number): Tensor {
  const data = new BigInt64Array(texts.length * steps);
  texts.forEach(({ prompt, tokens, read }, row) => {
    for (let step = 0; step < steps; step++) {
      const at = read + step;
      data[row * steps + step] = BigInt(at < prompt.length ? prompt[at]! : tokens[at - prompt.length]!);
    }
  });
  return { data, dims: [texts.length, steps] };
}
