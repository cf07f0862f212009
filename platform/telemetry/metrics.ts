/** Prometheus metrics. Each process makes one registry and hands it to whoever measures; nothing is global. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry };

/** A registry with the process's own figures (memory, event loop, garbage collection); `role` labels all of it. */
export function createMetricsRegistry(role: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry, prefix: 'unroll_' });
  return registry;
}
