/**
 * What an open model takes, from the size of its file. Measured with one-layer LSTMs of ONNX Runtime 1.30: 0.19 MB at a file
 * of 70 kB, 1.8 MB at 1.06 MB, 7.9 MB at 4.2 MB: the weights as read and as packed for products, and a fixed part.
 */
const fixedBytes = 256 * 1024;

export const reckonSessionBytes = (fileBytes: number): number => 2 * fileBytes + fixedBytes;
