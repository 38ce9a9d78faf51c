import {
  acceleratorDataSchema,
  allocationSchema,
  capacityDataSchema,
  modelDataSchema,
  optimizerDataSchema,
  serverSpecSchema,
  serviceClassDataSchema,
  type SystemSpec,
} from '#shared/contracts/system-data.js';
import { ALL, type PathReader } from './path-reader.js';
import { fieldsOf, type Field } from './schema-fields.js';

/** Where a value stands in a system. */
export type Path = readonly (string | number)[];

export interface Places {
  readonly kind: Exclude<Field['kind'], 'object'>;
  /** Several for what stands for several: every server, every model of a class. */
  readonly paths: readonly Path[];
  /** Names that the value must be one of; undefined: what the contract says. */
  readonly known?: readonly string[];
}

type Find = (reader: PathReader, system: SystemSpec) => Places;

// What names an item stays; the older `avgLength` would lose against `avgOutTokens`.
const acceleratorFields = fieldsOf(acceleratorDataSchema.shape.accelerators.element, ['name']);
const modelFields = fieldsOf(modelDataSchema.shape.models.element, ['name', 'acc']);
const classSchema = serviceClassDataSchema.shape.serviceClasses.element;
const classFields = fieldsOf(classSchema, ['name']);
const targetFields = fieldsOf(classSchema.shape.modelTargets.unwrap().element, ['model']);
const optimizerFields = fieldsOf(optimizerDataSchema.shape.optimizer);
const currentFields = fieldsOf(allocationSchema, ['avgLength']);
const LOAD = 'load';
const serverFields: ReadonlyMap<string, Field> = new Map([
  // What is asked for most often stands two levels down in the data.
  [LOAD, currentFields.get(LOAD) as Field],
  ...fieldsOf(serverSpecSchema, ['name', 'desiredAlloc', 'avgLength']),
]);

const roots: Readonly<Record<string, Find>> = {
  capacity: (reader, system) => {
    const { count } = system.capacityData;
    const counted = count.map(({ type }) => type);
    const uncounted = system.acceleratorData.accelerators.map(({ type }) => type).filter((type) => !counted.includes(type));
    const types = [...counted, ...new Set(uncounted)];
    const chosen = reader.name('accelerator type', types, { all: true });
    // A type that is not counted has no cards, which is a number like any other.
    if (!counted.includes(chosen) && chosen !== ALL)
      count.push(capacityDataSchema.shape.count.element.parse({ type: chosen, count: 0 }));
    return {
      kind: 'number',
      paths: indexes(count, chosen, (item) => item.type).map((index) => ['capacityData', 'count', index, 'count']),
    };
  },
  servers: (reader, system) => {
    const { servers } = system.serverData;
    const found = pick(reader, 'server', servers, (item) => item.name);
    const { path, kind } = readField(reader, serverFields);
    const inServer = path[0] === LOAD ? ['currentAlloc', ...path] : path;
    const known = namesFor(path.at(-1), system);
    const paths = found.map((index) => ['serverData', 'servers', index, ...inServer]);
    return { kind, paths, ...(known === undefined ? {} : { known }) };
  },
  serviceclasses: (reader, system) => {
    const { serviceClasses } = system.serviceClassData;
    const found = pick(reader, 'service class', serviceClasses, (item) => item.name);
    const models = found.flatMap((index) => serviceClasses[index]?.modelTargets.map(({ model }) => model) ?? []);
    const fields = new Map([...classFields, ...targetFields]);
    const first = reader.name('field or model', [...new Set([...models, ...fields.keys()])], { anyCase: true });
    const isModel = models.includes(first);
    const { path, kind } = isModel ? readField(reader, targetFields) : readBelow(reader, first, fields);
    if (!isModel && classFields.has(first)) {
      return { kind, paths: found.map((index) => ['serviceClassData', 'serviceClasses', index, ...path]) };
    }
    const paths = found.flatMap((index) =>
      (serviceClasses[index]?.modelTargets ?? []).flatMap(({ model }, target) =>
        isModel && model !== first ? [] : [['serviceClassData', 'serviceClasses', index, 'modelTargets', target, ...path]],
      ),
    );
    if (paths.length === 0) reader.fail('', 'the class has no targets for any model');
    return { kind, paths };
  },
  accelerators: (reader, system) => {
    const found = pick(reader, 'accelerator', system.acceleratorData.accelerators, (item) => item.name);
    const { path, kind } = readField(reader, acceleratorFields);
    return { kind, paths: found.map((index) => ['acceleratorData', 'accelerators', index, ...path]) };
  },
  models: (reader, system) => {
    const { models } = system.modelData;
    const ofName = new Set(pick(reader, 'model', models, (item) => item.name));
    const on = pick(
      reader,
      'accelerator of the model',
      models.filter((_, index) => ofName.has(index)),
      (item) => item.acc,
    );
    const chosen = [...ofName].filter((_, position) => on.includes(position));
    const { path, kind } = readField(reader, modelFields);
    return { kind, paths: chosen.map((index) => ['modelData', 'models', index, ...path]) };
  },
  optimizer: (reader) => {
    const { path, kind } = readField(reader, optimizerFields);
    return { kind, paths: [['optimizerData', 'optimizer', ...path]] };
  },
};

/**
 * Reads the key of an override and says which values it means. Adds the type of a capacity that is not counted yet.
 * @throws ContractError naming what is known where the key goes astray
 */
export function findPlaces(reader: PathReader, system: SystemSpec): Places {
  const root = reader.name('part of the data', Object.keys(roots), { anyCase: true });
  return (roots[root] as Find)(reader, system);
}

function pick<T>(reader: PathReader, what: string, items: readonly T[], nameOf: (item: T) => string): number[] {
  return indexes(items, reader.name(what, [...new Set(items.map(nameOf))], { all: true }), nameOf);
}

/** A name stands for every item that has it; one that is called like the sign for all is meant itself. */
function indexes<T>(items: readonly T[], name: string, nameOf: (item: T) => string): number[] {
  const all = [...items.keys()];
  const named = all.filter((index) => nameOf(items[index] as T) === name);
  return name === ALL && named.length === 0 ? all : named;
}

function readField(reader: PathReader, fields: ReadonlyMap<string, Field>): { path: string[]; kind: Places['kind'] } {
  return readBelow(reader, reader.name('field', [...fields.keys()], { anyCase: true }), fields);
}

function readBelow(
  reader: PathReader,
  key: string,
  fields: ReadonlyMap<string, Field>,
): { path: string[]; kind: Places['kind'] } {
  const field = fields.get(key) as Field;
  if (field.kind !== 'object') return { path: [key], kind: field.kind };
  const { path, kind } = readField(reader, field.fields);
  return { path: [key, ...path], kind };
}

/** What a name in a server must refer to: misspelt, it would only make the server infeasible. */
function namesFor(key: string | undefined, system: SystemSpec): string[] | undefined {
  if (key === 'class') return system.serviceClassData.serviceClasses.map(({ name }) => name);
  if (key === 'model') return [...new Set(system.modelData.models.map(({ name }) => name))];
  if (key === 'accelerator') return system.acceleratorData.accelerators.map(({ name }) => name);
  return undefined;
}
