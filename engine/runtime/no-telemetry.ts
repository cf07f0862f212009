/**
 * ONNX Runtime reports what it does to its maker and keeps an identifier of the machine in the user's cache folder, unless
 * this variable of the process is set before its first session. Unroll calls nobody. ONNX Runtime looks for it itself, so it can be told in no other way.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
