/** JSON Schema of scenario files, for editors: docs/scenario.schema.json is this, written down. */
import { z } from 'zod';

import { scenarioSchema } from './schema.ts';

/** What a scenario file may say, as JSON Schema 2020-12. */
export function scenarioJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(scenarioSchema, { io: 'input' });
}
