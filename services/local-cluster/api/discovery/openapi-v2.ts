import { kinds } from '../kinds/all-kinds.js';
import type { Kind } from '../kinds/kind.js';
import { writeField } from '../protobuf/wire.js';
import { objectPath, writeParameters } from './openapi-v3.js';

export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * An OpenAPI v2 document in protobuf (gnostic's `openapi.v2.Document`) which says of each kind that it can be patched, and with
 * which parameters. kubectl wants a document in this form before it creates or patches. Of the fields of the kinds it says
 * nothing: kubectl then goes by the types that it is built with.
 */
export const openApiV2Protobuf = Buffer.concat([writeField(1, '2.0'), writeField(8, kinds.map(namedPath))]);

export const openApiV2Json = { swagger: '2.0', info: { title: 'Kubernetes', version: 'v1.34.4' }, paths: {} };

// Paths.path: { name = 1, value = 2: PathItem { patch = 8 } }
function namedPath(kind: Kind): Buffer {
  return writeField(2, [writeField(1, objectPath(kind)), writeField(2, [writeField(8, patchOperation(kind))])]);
}

// Operation { parameters = 8, vendor_extension = 13: { name = 1, value = 2: Any { yaml = 2 } } }
function patchOperation({ group, version, kind }: Kind): Buffer[] {
  const groupVersionKind = JSON.stringify({ group, version, kind });
  return [
    ...writeParameters.map((name) => writeField(8, [queryParameter(name)])),
    writeField(13, [writeField(1, 'x-kubernetes-group-version-kind'), writeField(2, [writeField(2, groupVersionKind)])]),
  ];
}

// ParametersItem.parameter = 1, Parameter.non_body_parameter = 2, NonBodyParameter.query_parameter_sub_schema = 3 { in = 2, name = 4, type = 6 }
function queryParameter(name: string): Buffer {
  const schema = [writeField(2, 'query'), writeField(4, name), writeField(6, 'string')];
  return writeField(1, [writeField(2, [writeField(3, schema)])]);
}
