import type { Json } from '@overbook/core';
import { OverbookError } from '@overbook/core';
import type { ZodType, output } from 'zod';

/** Settings that a policy sent, checked. @throws OVB_SETTINGS_INVALID, all problems at once */
export function parseSettings<S extends ZodType>(at: string, schema: S, settings: Json): output<S> {
  const result = schema.safeParse(settings);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'settings'}: ${message}`,
  );
  throw new OverbookError(
    'OVB_SETTINGS_INVALID',
    at,
    `bad settings: ${problems.join('; ')}`,
    'The README lists what a policy may tune.',
  );
}
