import { expect, test } from 'vitest';
import { z } from 'zod';

import { PREDICATE, explain, problemsOf } from './problems.ts';

const schema = z.strictObject({
  rate: z.int().min(3, 'has to be three at least').optional(),
  size: z.int().multipleOf(4).optional(),
  form: z.string().regex(/^a/).optional(),
  pairs: z
    .int()
    .refine((value) => value % 2 === 0, 'pages come in pairs\nGive an even number.')
    .optional(),
  period: z
    .int()
    .refine((value) => value > 1, { error: 'is no period\nGive 2.', ...PREDICATE })
    .optional(),
});

function said(input: unknown): readonly string[] {
  const { error } = schema.safeParse(input, { error: explain, reportInput: true });
  return problemsOf(error!.issues).map(({ what, mend }) => `${what} | ${mend}`);
}

test('what is said of a value has its key before it, by what the issue is, not by its words', () => {
  expect(said({ rate: 1 })).toEqual(["'rate' has to be three at least | Correct it."]);
  expect(said({ size: 5 })).toEqual(["'size' is not a multiple of 4 | Give one."]);
  expect(said({ form: 'b' })).toEqual(["'form' is not text in the form of regex | Correct it."]);
  expect(said({ period: 1 })).toEqual(["'period' is no period | Give 2."]);
  expect(said({ rate: 'x' })).toEqual(["'rate' is text 'x' | Give a number."]);
});

test('a refinement is a sentence of its own', () => {
  expect(said({ pairs: 3 })).toEqual(['pages come in pairs | Give an even number.']);
});
