/** The walls between the rooms (docs/adr/0002). */
module.exports = {
  forbidden: [
    {
      name: 'services-never-import-each-other',
      comment:
        'Services speak REST; only the composers (cli, simulator, tests of the whole loop) may import a core or a createApp.',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: '^services/(cli|simulator)/|^services/controller/test/e2e/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'nothing-imports-a-composer',
      severity: 'error',
      from: { pathNot: '^services/(cli|simulator)/' },
      to: { path: '^services/(cli|simulator)/' },
    },
    {
      name: 'shared-imports-no-service',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^services/' },
    },
    {
      name: 'only-tests-import-testing',
      severity: 'error',
      from: { path: '^(services|shared)/', pathNot: '\\.test\\.ts$|/test/|/testing/|/bench/' },
      to: { path: '^shared/testing/' },
    },
    {
      name: 'core-is-pure',
      comment: 'A core imports contracts, names and types, and other cores; no adapter, no library that does I/O.',
      severity: 'error',
      from: { path: '^services/([^/]+)/(core|engine)/', pathNot: '\\.test\\.ts$' },
      to: {
        // A type is no dependency of the running code.
        dependencyTypesNot: ['type-only'],
        path: '^services/[^/]+/(adapters|app|config|main)|^shared/(http|config|observe|testing)/|^shared/kube/(?!names|wire|placement|paths|pending-count|parse-json)',
      },
    },
    {
      name: 'local-cluster-rooms-are-apart',
      comment:
        'api, controllers and kubelet meet only over the Kubernetes API, so that the kubelet serves a real API server too.',
      severity: 'error',
      from: { path: '^services/local-cluster/(api|controllers|kubelet|engine)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^services/local-cluster/(api|controllers|kubelet)/', pathNot: '^services/local-cluster/$1/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['source', 'import', 'node', 'default'], exportsFields: ['exports'] },
  },
};
