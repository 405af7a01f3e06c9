/** Short questions that several steps ask of a request. */
import { storageKey } from '#schema/resource.ts';
import type { AdmissionRequest } from './admission.ts';

export const isCreateOf = ({ operation, definition, subresource, object }: AdmissionRequest, resource: string): boolean =>
  operation === 'create' && !subresource && storageKey(definition) === resource && object.spec !== undefined;

/** New sizes for the containers of a pod. */
export const isResize = ({ operation, definition, subresource }: AdmissionRequest): boolean =>
  operation === 'update' && subresource === 'resize' && storageKey(definition) === 'core/pods';

/** A write of the object itself, not of a subresource. */
export const isWriteOf = ({ operation, definition, subresource }: AdmissionRequest, resource: string): boolean =>
  operation !== 'delete' && !subresource && storageKey(definition) === resource;
