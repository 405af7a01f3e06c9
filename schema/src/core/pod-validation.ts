import type { FieldError } from '../resource.ts';
import type { Pod } from './pod.ts';
export const validatePod = (_pod: Pod): FieldError[] => [];
export const validatePodUpdate = (pod: Pod, _old: Pod): FieldError[] => validatePod(pod);
