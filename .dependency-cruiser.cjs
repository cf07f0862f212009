/**
 * Who may import whom. The picture is in docs/architecture.md; each rule says why it is there.
 *
 * A room is a folder at the top. `room(name, allowed, why)` refuses every import from that room into another one that is
 * not in `allowed`. Tests are free to build what they need, so rooms bind the code alone; cycles are refused everywhere.
 */
const rooms = ['cli', 'datasets', 'domain', 'engine', 'launcher', 'platform', 'services', 'test', 'workers'];
/** Tests, and what only they use. */
const tests = '\\.test\\.ts$|/testing(/|\\.ts$)|/fixtures/';

const room = (name, allowed, why) => ({
  name: `${name.replaceAll('/', '-')}-imports`,
  severity: 'error',
  comment: why,
  from: { path: `^${name}/`, pathNot: [tests] },
  to: {
    path: `^(${rooms.join('|')})/`,
    pathNot: [`^${name}/`, ...allowed],
  },
});

/** An npm package (or several) that only some folders may import. */
const driver = (name, packages, folders, why) => ({
  name: `${name}-only-there`,
  severity: 'error',
  comment: why,
  from: { pathNot: [...folders.map((folder) => `^${folder}/`), tests, '^test/', '^scripts/'] },
  to: { path: packages.map((item) => `^node_modules/${item}/`) },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment:
        'A cycle has no bottom to start reading from, and its parts load in an order that nobody chose. (One that types alone close is gone when compiled.)',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      comment: 'An import that leads nowhere works on one machine only.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      comment: 'The image holds production packages alone: what it runs must not import others.',
      from: { path: '^(datasets|domain|engine|launcher|platform|services|workers)/', pathNot: [tests] },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: ['node_modules/@types/'],
      },
    },

    room(
      'cli',
      [],
      'The command line is a client of the HTTP API and nothing else: what it can do, everyone can.',
    ),
    room(
      'launcher',
      ['^platform/'],
      'The launcher starts servers and processes; it knows nothing of what they do.',
    ),
    room(
      'services',
      [
        '^domain/',
        '^platform/',
        '^datasets/(features|tables|forecasting|classification|language-modeling|multilabel|regression|curves|transduction|tasks)/',
        '^datasets/formats/(decode-(audio|image)|unreadable-media)\\.ts$',
        '^engine/(decoding|random|spec|runtime)/',
        '^engine/programs/(export-(language-model|model|options|row-model|row-steps|steps)|decoder/export-writer|parameter-count|parameters|training-memory)\\.ts$',
        '^engine/training/checkpoint-file\\.ts$',
      ],
      'Services answer HTTP: they apply the rules of domain and never train; what they share with workers lies in datasets and engine.',
    ),
    {
      name: 'services-calculations-through-main',
      severity: 'error',
      comment:
        'Routes are handed what reads tables, plans forecasts and counts parameters: main.ts is where real parts are built, so that tests can inject theirs. (Files that are made from weights are made on session threads, which take messages alone.)',
      from: {
        path: '^services/',
        pathNot: [
          tests,
          '(^|/)main\\.ts$',
          '^services/inference/derived/(derive-file|forecast-export|traced-file)\\.ts$',
        ],
      },
      to: {
        path: '^(datasets/(tables|forecasting|classification|multilabel|regression|curves|transduction|tasks)/|engine/programs/)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'services-runtime-for-inference',
      severity: 'error',
      comment: 'Only the data plane runs models; the control plane must never block on one.',
      from: { path: '^services/', pathNot: ['^services/inference/', tests, '(^|/)main\\.ts$'] },
      to: { path: '^engine/runtime/' },
    },
    room(
      'workers',
      [
        '^domain/',
        '^platform/',
        '^datasets/',
        '^engine/',
        '^services/inference/(routes/predictions|sessions)/',
      ],
      'Workers and services meet in the database and the queue, never in code: each can be replaced and scaled alone. (But for how inputs are read, models run and answers told: docs/decisions/0011.)',
    ),
    {
      name: 'workers-predictions-for-batches',
      severity: 'error',
      comment:
        'Batch predictions are made by the code that answers requests, so that both give the same; no other worker has to do with it.',
      from: { path: '^workers/', pathNot: ['^workers/predict/', tests] },
      to: { path: '^services/' },
    },
    room(
      'domain',
      ['^engine/spec/'],
      'The rules know ports, never adapters: platform depends on domain, not the other way round.',
    ),
    room(
      'platform',
      ['^domain/'],
      'Adapters implement the ports of domain and know nothing of who uses them.',
    ),
    room(
      'datasets',
      [
        '^engine/spec/',
        '^engine/random/',
        '^engine/training/(window|sequence)-source\\.ts$',
        '^domain/(datasets|models)/',
      ],
      'Datasets turn bytes into tensors: of the engine they know what can be asked for, the shape of a window and its random streams, of domain the records they fill in.',
    ),
    {
      name: 'datasets-types-alone',
      severity: 'error',
      comment:
        'What datasets takes from domain and engine/training are types: nothing of those rooms runs inside it.',
      from: { path: '^datasets/', pathNot: [tests] },
      to: { path: '^(domain|engine/training)/', dependencyTypesNot: ['type-only'] },
    },
    room('engine', [], 'The engine is pure: it can be lifted out and used without Unroll.'),
    room('engine/spec', [], 'What can be asked for is plain data that every other room may read.'),
    room('engine/graph', [], 'The tensor compiler knows no networks.'),
    room(
      'engine/nn',
      ['^engine/graph/', '^engine/random/', '^engine/spec/'],
      'Cells and layers are equations over graph tensors.',
    ),
    room(
      'engine/programs',
      ['^engine/nn/', '^engine/graph/', '^engine/random/', '^engine/spec/'],
      'Programs are built from networks; running them is the business of runtime and training.',
    ),
    room('engine/runtime', [], 'The runtime runs any ONNX file and knows nothing of what is in it.'),
    room(
      'engine/training',
      ['^engine/programs/', '^engine/runtime/', '^engine/random/', '^engine/spec/', '^engine/nn/optimizers/'],
      'The training loop moves data through programs and knows what state an optimiser keeps; it never touches the graph.',
    ),
    {
      name: 'engine-is-pure',
      severity: 'error',
      comment:
        'No files, network, environment or clock: only engine/runtime has a side effect, and that is ONNX Runtime.',
      from: { path: '^engine/', pathNot: [tests, '^engine/runtime/'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment:
        'Rules are tested without a machine: files and network come in through ports (a stream is only a type here).',
      from: { path: '^domain/', pathNot: [tests] },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },

    driver(
      'prisma',
      ['@prisma', 'pg'],
      ['platform/postgres', 'platform/embedded'],
      'The database is one adapter: SQL and its client stay behind the repositories.',
    ),
    driver(
      'redis',
      ['bullmq', 'ioredis'],
      ['platform/queue', 'platform/embedded'],
      'The queue is one adapter: what it delivers does not know how.',
    ),
    driver('onnxruntime', ['onnxruntime-node'], ['engine/runtime'], 'One place decides how models are run.'),
    driver('duckdb', ['@duckdb'], ['datasets'], 'Tables are read in one room, where it is locked down.'),
    driver('fastify', ['fastify', '@fastify'], ['services'], 'Only services speak HTTP.'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|data|node_modules/\\.)|^platform/postgres/generated/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
