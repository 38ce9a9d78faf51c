import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const pureCoreMessage = 'A core decides and does nothing else: time, randomness and I/O are injected (docs/adr/0002).';

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // The Kubernetes client declares its objects as classes and hands them out, and takes them, as plain data.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      'max-depth': ['error', 3],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    // Only the composition root and the config of a service may look at the process they run in.
    files: ['services/**/*.ts', 'shared/**/*.ts'],
    ignores: [
      '**/main.ts',
      '**/config.ts',
      'shared/config/**',
      'shared/kube/load-kube-config.ts',
      'shared/testing/**',
      '**/test/**',
      '**/*.test.ts',
      '**/bench/**',
    ],
    rules: {
      'no-restricted-properties': ['error', { object: 'process', property: 'env' }, { object: 'process', property: 'argv' }],
    },
  },
  {
    files: ['services/*/core/**/*.ts', 'services/local-cluster/engine/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['express', 'axios', 'winston', '@kubernetes/client-node', 'prom-client'].map((name) => ({
            name,
            message: pureCoreMessage,
          })),
          patterns: [{ group: ['node:*'], message: pureCoreMessage }],
        },
      ],
      'no-restricted-globals': [
        'error',
        ...['process', 'setTimeout', 'setInterval', 'fetch'].map((name) => ({ name, message: pureCoreMessage })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: pureCoreMessage },
        { object: 'Math', property: 'random', message: pureCoreMessage },
        { object: 'performance', property: 'now', message: pureCoreMessage },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: pureCoreMessage },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/test/**/*.ts', 'shared/testing/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['services/**/bench/**/*.ts', 'services/cli/**/*.ts', 'services/*/main.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['scripts/**/*.{mjs,cjs}', '.config/*.{js,cjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        require: 'readonly',
        module: 'writable',
        SharedArrayBuffer: 'readonly',
        Atomics: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);
