/** ONNX's numbers for the types of elements (TensorProto.DataType). */
export const elementType = { float32: 1, int64: 7 } as const;
