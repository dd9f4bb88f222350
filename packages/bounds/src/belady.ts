import type { StrategyPlugin } from '@overbook/core';
import { FUTURE, defineStrategy } from '@overbook/core';
import { HostSwap, hostSwapNeeds, hostSwapOptions, hostswap } from '@overbook/hostswap';

import { FarthestVictims } from './farthest-victims.ts';
import { beladyOptions } from './options.ts';

const needs = { ...hostSwapNeeds, future: FUTURE };

/** Swapping as hostswap does it, with the victims that nobody can know: no choice of victims swaps in less. */
export const belady: StrategyPlugin<typeof needs, typeof beladyOptions> = defineStrategy({
  ...hostswap,
  id: 'belady',
  title: "Bound: swaps out the page whose next access is farthest ahead (Belady's optimum)",
  options: beladyOptions,
  needs,
  bound: {},
  create: (deps, options, self) =>
    new HostSwap(deps, hostSwapOptions.parse(options), self, new FarthestVictims(deps.pages, deps.future)),
});
