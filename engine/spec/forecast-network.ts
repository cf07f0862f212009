/** The network that a forecast is trained with: one that reads windows, or one that reads a window and writes what follows. */
import type { EncoderDecoderShape } from './decoder-shape.ts';
import { networkShape, type NetworkShape } from './network-shape.ts';
import { headSize, knowsDistribution, regressionLoss } from './regression.ts';
import type { ForecastSpecification } from './tasks.ts';
import { writerShape } from './writer-shape.ts';

/** @param inputSize - numbers of a step of the window */
export function forecastNetwork(
  {
    architecture,
    model,
    data,
    output,
  }: Pick<ForecastSpecification, 'architecture' | 'model' | 'data' | 'output'>,
  inputSize: number,
): NetworkShape | EncoderDecoderShape {
  const columns = data.targets.length;
  if (architecture !== 'encoder_decoder')
    return networkShape(architecture, model, {
      inputSize,
      outputSize: headSize(output, data.window.horizon * columns),
    });
  return writerShape(architecture, model, {
    inputSize,
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
