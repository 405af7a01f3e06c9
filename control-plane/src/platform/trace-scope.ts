/** The trace that the present request belongs to, through every await. Both platforms have AsyncLocalStorage. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { TraceContext, TraceScope } from '../telemetry/trace.ts';

export const createTraceScope = (): TraceScope => new AsyncLocalStorage<TraceContext>();
