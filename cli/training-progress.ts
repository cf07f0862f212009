/** Shows how training goes: a bar that moves in a terminal, a line now and then elsewhere. */
import { SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.ts';

export interface Epoch {
  readonly epoch: number;
  readonly loss: number;
  readonly validationLoss: number;
  readonly elapsedSeconds: number;
}

export interface TrainingProgress {
  update(epoch: Epoch): void;
  stop(): void;
}

const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
};

const secondsLeft = (epoch: Epoch, epochs: number): number =>
  (epoch.elapsedSeconds / epoch.epoch) * (epochs - epoch.epoch);

export function showTrainingProgress(epochs: number, out: Terminal): TrainingProgress {
  return out.live ? bar(epochs, out) : lines(epochs, out);
}

function bar(epochs: number, out: Terminal): TrainingProgress {
  const shown = new SingleBar({
    stream: out.stream,
    format: '   {bar} epoch {value}/{total}  loss {loss}  validation {validationLoss}  {left} left',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 20,
    hideCursor: true,
    gracefulExit: false,
    clearOnComplete: false,
  });
  shown.start(epochs, 0, { loss: '–', validationLoss: '–', left: '–' });
  return {
    update: (epoch) =>
      shown.update(epoch.epoch, {
        loss: epoch.loss.toFixed(4),
        validationLoss: epoch.validationLoss.toFixed(4),
        left: clock(secondsLeft(epoch, epochs)),
      }),
    stop: () => shown.stop(),
  };
}

/** About ten lines in all. */
function lines(epochs: number, out: Terminal): TrainingProgress {
  const every = Math.max(1, Math.round(epochs / 10));
  return {
    update(epoch) {
      if (epoch.epoch !== 1 && epoch.epoch !== epochs && epoch.epoch % every !== 0) return;
      out.stream.write(
        `   epoch ${epoch.epoch}/${epochs}  loss ${epoch.loss.toFixed(4)}  validation ${epoch.validationLoss.toFixed(4)}  ${clock(secondsLeft(epoch, epochs))} left\n`,
      );
    },
    stop() {},
  };
}
