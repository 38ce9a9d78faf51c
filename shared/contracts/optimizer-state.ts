import { z } from 'zod';
import {
  acceleratorDataSchema,
  capacityDataSchema,
  modelDataSchema,
  serverDataSchema,
  serviceClassDataSchema,
} from './system-data.js';

/**
 * Bodies of the stateful optimizer. A set takes the document of a data file, an add one item of it; only those that are neither
 * are spelled out here.
 */

export const addAcceleratorRequestSchema = acceleratorDataSchema.shape.accelerators.element;
export const addCapacityRequestSchema = capacityDataSchema.shape.count.element;
export const addModelAcceleratorPerfRequestSchema = modelDataSchema.shape.models.element;
export const addServerRequestSchema = serverDataSchema.shape.servers.element;

/** `POST /addServiceClass/:name/:priority`: its parameters. */
export const addServiceClassRequestSchema = serviceClassDataSchema.shape.serviceClasses.element;

/** `POST /addServiceClassModelTargets`: targets for a class that is there already; `priority`, if given, must be that of the class. */
export const addServiceClassModelTargetsRequestSchema = z.strictObject({
  name: addServiceClassRequestSchema.shape.name,
  priority: addServiceClassRequestSchema.shape.priority.unwrap().optional(),
  modelTargets: addServiceClassRequestSchema.shape.modelTargets.unwrap(),
});
