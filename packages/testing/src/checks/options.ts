import type { AnyStrategyPlugin } from '@overbook/core/host';
import type { ZodType } from 'zod';
import { toJSONSchema } from 'zod';

import { BrokenPromise } from '../promises.ts';

const UNKNOWN = 'kitOptionThatNobodyHas';

/** Anything that carries options: strategies and policies alike. */
type HasOptions = Pick<AnyStrategyPlugin, 'id'> & { readonly options: ZodType };

/**
 * Defaults alone are enough, a JSON Schema can be made with a sentence for each option, and a typing
 * mistake is refused.
 */
export function checkOptions(plugin: HasOptions): void {
  const defaults = plugin.options.safeParse({});
  if (!defaults.success)
    throw new BrokenPromise('options', `defaults alone are refused: ${defaults.error.message}`);
  if (plugin.options.safeParse({ [UNKNOWN]: 1 }).success) {
    throw new BrokenPromise('options', `the unknown option ${UNKNOWN} is accepted; use z.strictObject`);
  }
  for (const [name, property] of Object.entries(jsonSchema(plugin).properties ?? {})) {
    const described =
      typeof property === 'object' && typeof property.description === 'string' && property.description !== '';
    if (!described) throw new BrokenPromise('options', `option ${name} has no description; add .describe(…)`);
  }
}

function jsonSchema({ options }: HasOptions) {
  try {
    return toJSONSchema(options, { io: 'input' });
  } catch (error) {
    throw new BrokenPromise('options', `no JSON Schema can be made: ${String(error)}`, error);
  }
}
