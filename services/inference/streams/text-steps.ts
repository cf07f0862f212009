/** What is told of a text as a whole, token by token: after each what a prediction would say of the text that ends there. */
import { featureShape, isTextFeature } from '../../../datasets/features/table.ts';
import { isSequence } from '../../../datasets/features/row.ts';
import {
  nothing,
  textEncoder,
  tokenEncoder,
  type TextFeature,
} from '../../../datasets/features/vocabulary.ts';
import type { ClassificationCard } from '../../../domain/models/classification-card.ts';
import type { FittedFeature } from '../../../domain/models/fitted-features.ts';
import type { MultilabelCard } from '../../../domain/models/multilabel-card.ts';
import type { RegressionCard } from '../../../domain/models/regression-card.ts';
import { derivedModel } from '../derived/derivation.ts';
import { tokenFeed } from '../routes/predictions/generate.ts';
import { presentLabels, presentMultilabel } from '../routes/predictions/labels.ts';
import { presentNumbers } from '../routes/predictions/numbers.ts';
import { refuseAll } from '../routes/predictions/refuse.ts';
import type {
  LabelPrediction,
  MultilabelPrediction,
  NumbersPrediction,
} from '../routes/predictions/schemas.ts';
import type { StepsRequest } from '../routes/streams/schemas.ts';
import type { Results } from '../sessions/messages.ts';
import { carriedFeeds, nextStates } from './carry.ts';
import { ofSteps } from './series-of-stream.ts';
import { mostTold, networkStateBytes, notCarried, strangers, type Stepper } from './stepper.ts';
import type { StreamState } from './stream-state.ts';

type Card = ClassificationCard | MultilabelCard | RegressionCard;
type Prediction = LabelPrediction | MultilabelPrediction | NumbersPrediction;
type Present<Own extends Card> = (results: Results, row: number, input: number, card: Own) => Prediction;

/** Tokens that one run reads, at most: long texts are read in pieces. */
const mostTokens = 4096;

function refusal({ features, specification: { model } }: Card): string | null {
  const fitted: readonly FittedFeature[] = features.inputs;
  const [only, ...others] = fitted;
  if (!fitted.some((feature) => isSequence(featureShape(feature))))
    return 'expected steps to go in one after the other (rows of a series, or a text), got a model whose examples are rows of their own';
  if (only === undefined || !isTextFeature(only))
    return 'expected rows of a series, or a text, got a model that takes its sequence (a recording, image or vector) as a whole';
  if (others.length > 0)
    return `expected a model of a text alone, got one that also reads ${others.map(({ column }) => column).join(', ')} of its row`;
  return notCarried(model);
}

const textOf = ({ features }: Card): TextFeature => features.inputs[0] as unknown as TextFeature;

function readIds(request: StepsRequest, card: Card): readonly number[] {
  const errors = strangers(request, ['text', 'tokens']);
  const { text, tokens } = request;
  if (text !== undefined && tokens !== undefined)
    errors.push({ pointer: '', message: 'expected a text or tokens, got both' });
  if (text === undefined && tokens === undefined)
    errors.push({ pointer: '', message: 'expected a text or tokens, got neither' });
  const feature = textOf(card);
  // a text without a token is one step of nothing to a prediction, and no step here
  const ids =
    tokens === undefined
      ? [...textEncoder({ ...feature, max_length: Infinity })(text ?? '')].filter((id) => id !== nothing)
      : tokens.map(idOf(feature));
  const width = 'labels' in card.features ? card.features.labels.length : card.features.targets.length;
  if (request.outputs !== 'last' && ids.length * width > mostTold)
    errors.push({
      pointer: '/outputs',
      message: `expected at most ${mostTold} numbers to tell, got ${ids.length} tokens with ${width} each; ask for the "last" output, or send fewer`,
    });
  refuseAll(errors);
  return ids;
}

/** Tokens as the vocabulary has them: subwords, too, are not taken apart. */
const idOf = ({ vocabulary }: TextFeature): ((token: string) => number) => {
  const encode = tokenEncoder({ vocabulary });
  return (token) => encode(token)[0]!;
};

const stepsOf = <Own extends Card>(present: Present<Own>): Stepper<Own> => ({
  refusal,
  model: (version, card) => derivedModel(version, { kind: 'steps', card }),
  stateBytes: ({ specification: { model } }) => networkStateBytes(model),
  step: async (request, card, before, run) => {
    const ids = readIds(request, card);
    const outputs: Prediction[] = [];
    let state: StreamState = before;
    for (let from = 0; from < ids.length; from += mostTokens) {
      const piece = ids.slice(from, from + mostTokens);
      const results = await run({ tokens: tokenFeed(piece), ...carriedFeeds(card, state) });
      state = { tensors: nextStates(results) };
      const isLast = from + piece.length === ids.length;
      const first = request.outputs !== 'last' ? 0 : isLast ? piece.length - 1 : piece.length;
      ofSteps('tokens', () => {
        for (let place = first; place < piece.length; place++)
          outputs.push(present(results, place, from + place, card));
      });
    }
    return { state, steps: ids.length, outputs };
  },
});

export const textSteps = {
  classification: stepsOf<ClassificationCard>(presentLabels),
  multilabel: stepsOf<MultilabelCard>(presentMultilabel),
  regression: stepsOf<RegressionCard>(presentNumbers),
};
