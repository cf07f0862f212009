/**
 * Numbers below 1.2e-38 (denormals) take a processor many times as long as others, and training makes a great many of them: a
 * gradient that vanishes over hundreds of steps passes through them on its way to 0. ONNX Runtime can have the processor
 * take them for 0 at once (`session.set_denormal_as_zero`; x86 alone, elsewhere it changes nothing).
 */
let areZero = false;

/**
 * From the first session on, this process takes denormals for 0: in all programs, and in the calling thread's own arithmetic
 * too (where those of float64 are below 2.2e-308). So it is for processes that train, to be called before any session is
 * opened: ONNX Runtime sets the calling thread once, by the first session's options.
 */
export function takeDenormalsForZero(): void {
  areZero = true;
}

/** What a session has to be told of it. */
export const denormalOptions = (): { extra?: { session: { set_denormal_as_zero: string } } } =>
  areZero ? { extra: { session: { set_denormal_as_zero: '1' } } } : {};
