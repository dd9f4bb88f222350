import { expect, test } from 'vitest';

import type { ProblemsError } from './problems.ts';
import { parseScenario } from './read-scenario.ts';

function scenario(guests: string): string {
  return `name: counted\nhost: { memory: 64 MiB }\nguests:\n${guests}mixes: { m: { strategies: [hostswap] } }\n`;
}

function read(guests: string) {
  return parseScenario('s.yaml', scenario(guests));
}

function problems(guests: string): readonly string[] {
  try {
    read(guests);
    return [];
  } catch (error) {
    return (error as ProblemsError).problems.map(({ at, what }) => `${at} ${what}`);
  }
}

test('a count makes guests that differ in their names alone', () => {
  const { scenario: made } = read('  - { name: web, count: 3, trace: web.ovt, shares: 500 }\n');
  expect(made.guests).toEqual(
    ['web-1', 'web-2', 'web-3'].map((name) => ({ name, trace: 'web.ovt', shares: 500 })),
  );
});

test('without a count a guest keeps its name; a count of 1 numbers it', () => {
  const names = (guests: string) => read(guests).scenario.guests.map(({ name }) => name);
  expect(names('  - { name: web, trace: web.ovt }\n')).toEqual(['web']);
  expect(names('  - { name: web, count: 1, trace: web.ovt }\n')).toEqual(['web-1']);
});

test("a salt holds the copy's number where it says so", () => {
  const { scenario: made } = read("  - { name: web, count: 2, trace: web.ovt, salt: 'own %n' }\n");
  expect(made.guests.map(({ salt }) => salt)).toEqual(['own 1', 'own 2']);
});

test('places are those of the entry that a guest was made from', () => {
  const { place } = read('  - { name: web, count: 2, trace: web.ovt }\n  - { name: db, trace: db.ovt }\n');
  expect(place(['guests', 1, 'name'])).toBe('s.yaml:4:13');
  expect(place(['guests', 2, 'name'])).toBe('s.yaml:5:13');
});

test('what is wrong with all copies is told once, what clashes with a copy is told', () => {
  expect(problems('  - { name: web, count: 3, trace: web.ovt, limit: 4 MiB, reservation: 8 MiB }\n')).toEqual(
    ["s.yaml:4:51 guest 'web-1': its limit (4 MiB) is below its reservation (8 MiB)"],
  );
  expect(problems('  - { name: web, count: 2, trace: w.ovt }\n  - { name: web-2, trace: w.ovt }\n')).toEqual([
    "s.yaml:5:13 two guests are named 'web-2'",
  ]);
  expect(problems('  - { name: web, count: 0, trace: web.ovt }\n')).toEqual([
    "s.yaml:4:25 'count' is 0, which is too small",
  ]);
});
