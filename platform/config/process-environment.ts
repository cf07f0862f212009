/** What this process was started with: settings are read from it, and the processes that it starts inherit it. All that knows `process.env`, but for what ONNX Runtime reads itself. */
export const processEnvironment: NodeJS.ProcessEnv = process.env;
