import * as client from '@kubernetes/client-node';

/** What a field holds, read from the client library's models, which are generated from the Kubernetes 1.34 OpenAPI document. */
export type FieldType =
  | {
      of:
        'string' | 'boolean' | 'int32' | 'int64' | 'double' | 'time' | 'microTime' | 'bytes' | 'quantity' | 'intOrString' | 'any';
    }
  | { of: 'list' | 'map'; item: FieldType }
  | { of: 'model'; model: string };

/** The fields of one model by their JSON name. */
export type Model = ReadonlyMap<string, FieldType>;

interface Attribute {
  baseName: string;
  type: string;
  format: string;
}

// The OpenAPI document calls quantities plain strings.
const quantityFields = new Set([
  'V1ResourceRequirements.limits',
  'V1ResourceRequirements.requests',
  'V1VolumeResourceRequirements.limits',
  'V1VolumeResourceRequirements.requests',
  'V1NodeStatus.capacity',
  'V1NodeStatus.allocatable',
  'V1ContainerStatus.allocatedResources',
  'V1PodSpec.overhead',
  'V1EmptyDirVolumeSource.sizeLimit',
  'V1ResourceFieldSelector.divisor',
  'V2MetricTarget.value',
  'V2MetricTarget.averageValue',
  'V2MetricValueStatus.value',
  'V2MetricValueStatus.averageValue',
]);

const models = new Map<string, Model>();

/** The fields of a model such as `V1PodSpec`. Throws for a name that the client library does not have: a mistake in our registry. */
export function modelOf(name: string): Model {
  const known = models.get(name);
  if (known !== undefined) return known;
  const model = new Map(attributesOf(name).map((attribute) => [attribute.baseName, fieldType(name, attribute)]));
  models.set(name, model);
  return model;
}

function attributesOf(name: string): readonly Attribute[] {
  const modelClass = (client as unknown as Record<string, { getAttributeTypeMap?(): Attribute[] } | undefined>)[name];
  if (modelClass?.getAttributeTypeMap === undefined) throw new Error(`no model named ${name}`);
  return modelClass.getAttributeTypeMap();
}

function fieldType(model: string, attribute: Attribute): FieldType {
  const isQuantity = quantityFields.has(`${model}.${attribute.baseName}`);
  return parseType(attribute.type, attribute.format, isQuantity);
}

function parseType(type: string, format: string, isQuantity: boolean): FieldType {
  const list = /^Array<(.+)>$/.exec(type)?.[1];
  if (list !== undefined) return { of: 'list', item: parseType(list, format, isQuantity) };
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (map !== undefined) return { of: 'map', item: parseType(map, format, isQuantity) };
  switch (type) {
    case 'string':
      if (isQuantity) return { of: 'quantity' };
      return { of: format === 'byte' ? 'bytes' : 'string' };
    case 'number':
      return { of: format === 'int32' || format === 'double' ? format : 'int64' };
    case 'boolean':
      return { of: 'boolean' };
    case 'Date':
      return { of: 'time' };
    case 'V1MicroTime':
      return { of: 'microTime' };
    case 'IntOrString':
      return { of: 'intOrString' };
    case 'any':
      return { of: 'any' };
    default:
      return { of: 'model', model: type };
  }
}
