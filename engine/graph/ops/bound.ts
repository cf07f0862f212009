/** What the graph names that it belongs to, and the interpreter gives a value: nothing that is computed. */
export const bound = {
  shapes: () => [],
  gradient: () => [],
  lift: null,
  onnx: () => {
    throw new Error('internal: an input or argument is named by the graph that it belongs to');
  },
  evaluate: () => {
    throw new Error('internal: the value of an input or argument is bound by the interpreter');
  },
};
