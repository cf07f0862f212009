/** The files of a model version: its ONNX file, and others beside it in storage. */

/** Of models that write sequences: with them a host can search. One reads and gives the first state, the other does a step. */
export const decodingFiles = ['reading', 'step'] as const;
export type DecodingFile = (typeof decodingFiles)[number];

const weightsFile = 'model.checkpoint';
const modelFile = 'model.onnx';
export const decodingFileName = (file: DecodingFile): string => `${file}.onnx`;

const beside = (storageKey: string, name: string): string => storageKey.replace(/[^/]+$/, name);

/** Of the weights, for those who train on from them. */
export const weightsKeyOf = (storageKey: string): string => beside(storageKey, weightsFile);

export const decodingKeyOf = (storageKey: string, file: DecodingFile): string =>
  beside(storageKey, decodingFileName(file));

const besideModels: readonly string[] = [weightsFile, ...decodingFiles.map(decodingFileName)];

/** The key of the ONNX file that a file lies beside; null for another key. */
export const modelKeyOf = (key: string): string | null =>
  besideModels.some((name) => key.endsWith(`/${name}`)) ? beside(key, modelFile) : null;
