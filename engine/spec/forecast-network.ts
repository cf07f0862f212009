/** The network that a forecast is trained with: one that reads windows, or one that reads a window and writes what follows. */
import type { EncoderDecoderShape } from './decoder-shape.ts';
import { networkShape, type Embedding, type NetworkShape } from './network-shape.ts';
import { headSize, knowsDistribution, regressionLoss } from './regression.ts';
import type { ForecastSpecification } from './tasks.ts';
import { writerShape } from './writer-shape.ts';

/**
 * @param inputSize - numbers of a step of the window, ids included
 * @param embeddings - of the ids at the end of a step
 */
export function forecastNetwork(
  {
    architecture,
    model,
    data,
    output,
  }: Pick<ForecastSpecification, 'architecture' | 'model' | 'data' | 'output'>,
  inputSize: number,
  embeddings: readonly Embedding[] = [],
): NetworkShape | EncoderDecoderShape {
  const columns = data.targets.length;
  if (architecture !== 'encoder_decoder')
    return networkShape(architecture, model, {
      inputSize,
      ...(embeddings.length > 0 && { embeddings }),
      outputSize: headSize(output, data.window.horizon * columns),
    });
  return writerShape(architecture, model, {
    inputSize,
    ...(embeddings.length > 0 && { embeddings }),
    writes: {
      type: 'numbers',
      size: columns,
      ...(knowsDistribution(output.loss) && {
        outputs: headSize(output, columns),
        meaning: regressionLoss(output),
      }),
    },
  });
}
