import { addModelAcceleratorPerfRequestSchema } from '#shared/contracts/optimizer-state.js';
import { modelDataSchema, type ModelPerfSpec } from '#shared/contracts/system-data.js';
import { documentOf } from '../core/state/entries.js';
import { modelsFrom, perfOf, perfsOf, withModel, withoutModel, withoutPerf, withPerf } from '../core/state/models.js';
import { asking, posting, readEntries, readEntry, removing, type Verb } from './verb.js';

const keyOf = (spec: ModelPerfSpec): string => spec.acc;

/** Models, and their parameters on each accelerator. A model that was added by name alone is in no document until it has some. */
export const modelVerbs: readonly Verb[] = [
  posting('/setModels', (state, { body }) => {
    const { entries, warnings } = readEntries(modelDataSchema, 'models', keyOf, body);
    return { state: { ...state, models: modelsFrom(entries) }, answer: documentOf('models', entries), warnings };
  }),
  asking('/getModels', ({ models }) => documentOf('models', models.perfs)),
  asking('/getModel/:name', ({ models }, { name = '' }) => documentOf('models', perfsOf(models, name))),
  posting('/addModel/:name', (state, { params: { name = '' } }) => ({
    state: { ...state, models: withModel(state.models, name) },
    answer: documentOf('models', []),
    warnings: [],
  })),
  posting('/addModel', (state, { body }) => {
    const { entry, warnings } = readEntry(addModelAcceleratorPerfRequestSchema, keyOf, body);
    const models = withPerf(withModel(state.models, entry.spec.name), entry);
    return { state: { ...state, models }, answer: entry.given, warnings };
  }),
  removing('/removeModel/:name', (state, { name = '' }) => ({
    state: { ...state, models: withoutModel(state.models, name) },
    answer: documentOf('models', perfsOf(state.models, name)),
  })),

  posting('/addModelAcceleratorPerf', (state, { body }) => {
    const { entry, warnings } = readEntry(addModelAcceleratorPerfRequestSchema, keyOf, body);
    return { state: { ...state, models: withPerf(state.models, entry) }, answer: entry.given, warnings };
  }),
  asking('/getModelAcceleratorPerf/:model/:acc', ({ models }, { model = '', acc = '' }) => perfOf(models, model, acc).given),
  removing('/removeModelAcceleratorPerf/:model/:acc', (state, { model = '', acc = '' }) => {
    const entry = perfOf(state.models, model, acc);
    return { state: { ...state, models: withoutPerf(state.models, entry) }, answer: entry.given };
  }),
];
