/** Where the weights of a model version lie beside its ONNX file, for those who train on from them. */
export const weightsKeyOf = (storageKey: string): string => storageKey.replace(/[^/]+$/, 'model.checkpoint');

/** The key of the ONNX file whose weights these are; null for another key. */
export const modelKeyOf = (weightsKey: string): string | null =>
  weightsKey.endsWith('/model.checkpoint') ? weightsKey.replace(/[^/]+$/, 'model.onnx') : null;
