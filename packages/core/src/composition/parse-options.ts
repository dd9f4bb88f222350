import type { ZodType, output } from 'zod';

import { guardCall } from '../contract/plugin-guard.ts';
import { OverbookError } from '../units/errors.ts';

/**
 * Options of a plugin, checked against its schema, defaults filled in. @throws OVB_OPTIONS_INVALID, all
 * problems at once
 */
export function parseOptions<S extends ZodType>(
  plugin: { readonly id: string; readonly options: S },
  given: unknown,
): output<S> {
  const result = guardCall(plugin.id, () => plugin.options.safeParse(given ?? {}));
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`,
  );
  throw new OverbookError(
    'OVB_OPTIONS_INVALID',
    plugin.id,
    `bad options: ${problems.join('; ')}`,
    `\`overbook strategies show ${plugin.id}\` lists the options and their ranges.`,
  );
}
