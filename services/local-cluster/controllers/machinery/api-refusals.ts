import { isNotFound, KubeError } from '#shared/kube/kube-error.js';

/** Nothing new can be created in a namespace on its way out: no failure, and no reason to try again. */
export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof KubeError && error.status === 403 && error.message.includes('because it is being terminated');
}

/** The API server holds the object, or what was asked of it, to be invalid: asking again does not help. */
export function isInvalid(error: unknown): boolean {
  return error instanceof KubeError && error.status === 422;
}

/** For deletions and patches of what may be gone by now: undefined then. */
export async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** What is told of a failed call in events and conditions: the words of the answer, without its causes. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
