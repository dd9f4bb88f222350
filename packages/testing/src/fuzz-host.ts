import type { Order, RandomStream } from '@overbook/core';
import type { AnyPolicyPlugin, AnyStrategyPlugin, Chosen } from '@overbook/core/host';
import { definePolicy, isOverbookError, toPages, stepPolicy } from '@overbook/core';
import { MEMORY_STATE_MODELS, SeededRandom } from '@overbook/core/host';

import { checkDisposal, checkFramesBack } from './checks/disposal.ts';
import { makeContents } from './kit/contents.ts';
import type { HostShape, KitVm } from './kit/host-shape.ts';
import { PROOF_SHAPE } from './kit/host-shape.ts';
import type { KitHost, KitHostConfig } from './kit/kit-host.ts';
import { composeKitHost } from './kit/kit-host.ts';
import { noOptions } from './kit/kit-swap.ts';
import type { DriverMode } from './kit/model-guest.ts';
import { inTemporaryFolder } from './kit/temporary-folder.ts';
import { LONG_PATIENCE, Starved, Workload } from './kit/workload.ts';

/** A strategy that may be in a mix, with options to draw from. */
export interface FuzzedStrategy {
  readonly plugin: AnyStrategyPlugin;
  /** Default: its own defaults alone. */
  readonly options?: readonly unknown[];
}

/** What one seed came to. */
export interface FuzzOutcome {
  /** The host in one line, for people. */
  readonly what: string;
  readonly accesses: number;
  readonly pagesChecked: number;
  /** Times that a guest got no frame and was switched off and on: a tiny host, or a mix without a last resort. */
  readonly starved: number;
}

const MEMORIES = [40, 64, 97, 200, 352, 611] as const;
const SIZES = [1, 7, 33, 64, 96, 160, 251] as const;
const SALTS = [undefined, 'blue', 'red'] as const;
const DRIVERS: readonly DriverMode[] = ['gives', 'slow', 'stuck', 'maximum', 'none'];
const VMS_MAX = 6;
const CONTENTS = 400;
/** 600 ms of virtual time: on a host that cannot serve a guest, waiting longer shows nothing. */
const SHORT_PATIENCE = 60;
/** Why a drawn mix may rightly be refused; another one is drawn then. */
const REFUSALS = new Set(['OVB_KIND_TAKEN', 'OVB_NEED_UNMET', 'OVB_KINDS_FULL', 'OVB_MIX_NEVER_GIVES']);

let shared: ReturnType<typeof makeContents> | undefined;

/**
 * One whole host under one seed: a random mix on a random host of odd size, with limits, reservations and every
 * memory state model; VMs cloned from templates; drivers that hang, vanish and come back; full swap; VMs that are
 * switched off and on; an administrator who changes them; a policy that orders at random. Everything a proof watches
 * is watched.
 * @throws BrokenPromise, or what core and the plugins throw
 */
export function fuzzHost(seed: number, strategies: readonly FuzzedStrategy[]): FuzzOutcome {
  return inTemporaryFolder((leftovers) => {
    const random = new SeededRandom(seed).stream('fuzz');
    const { kit, what } = drawHost(seed, random, strategies);
    const work = new Workload(kit, {
      accesses: 200 + random.below(800),
      seed,
      waits: kit.lastResort ? LONG_PATIENCE : SHORT_PATIENCE,
      verify: true,
      hours: false,
    });
    const starved = drive(kit, work, random);
    work.checkpoint();
    throwFound(kit);
    checkFramesBack(kit);
    checkDisposal(kit, leftovers);
    return { what, accesses: kit.accesses.count, pagesChecked: kit.record.reads, starved };
  });
}

function pick<T>(random: RandomStream, among: readonly T[]): T {
  return among[random.below(among.length)]!;
}

/** @throws BrokenPromise that a watch saw and let the run go on with */
function throwFound({ watches }: KitHost): void {
  for (const { found } of watches) for (const broken of found.values()) throw broken;
}

function drive(kit: KitHost, work: Workload, random: RandomStream): number {
  let starved = 0;
  const surviving = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof Starved)) throw error;
      starved++;
      work.restart(error.vm);
    }
  };
  surviving(() => work.warmUp());
  const steps = 200 + random.below(600);
  for (let step = 0; step < steps; step++) {
    surviving(() => work.step());
    throwFound(kit);
    const dice = random.below(400);
    if (dice === 0) work.restart(random.below(kit.guests.length));
    else if (dice < 6) pick(random, kit.guests).driver = pick(random, DRIVERS);
    else if (dice < 9) work.checkpoint();
    else if (dice < 11) administer(kit, random);
  }
  return starved;
}

/** An administrator changes a VM. What cannot hold is refused, and then nothing has changed. */
function administer({ host }: KitHost, random: RandomStream): void {
  const { name, size } = pick(random, host.memory.vms);
  const sometimes = <T>(value: T): T | undefined => (random.below(2) === 0 ? value : undefined);
  const shares = sometimes(1 + random.below(2000));
  const reservation = sometimes(toPages(random.below(2) === 0 ? 0 : random.below(size + 1)));
  const limit = sometimes(toPages(random.below(2) === 0 ? size : 1 + random.below(size)));
  try {
    host.change(name, {
      ...(shares === undefined ? {} : { shares }),
      ...(reservation === undefined ? {} : { reservation }),
      ...(limit === undefined ? {} : { limit }),
    });
  } catch (error) {
    if (!isOverbookError(error) || !['OVB_VM_INVALID', 'OVB_ADMISSION'].includes(error.code)) throw error;
  }
}

function drawHost(
  seed: number,
  random: RandomStream,
  strategies: readonly FuzzedStrategy[],
): { readonly kit: KitHost; readonly what: string } {
  const drawn = random.below(10) === 0 ? drawLargeShape(random) : drawShape(random);
  const shape = withTemplates(drawn, new SeededRandom(seed).stream('fuzz/template'));
  for (;;) {
    const mix = drawMix(random, strategies);
    const running: Running = { strategies: [] };
    const config: KitHostConfig = {
      plugin: mix[0]!.plugin,
      options: mix[0]!.options,
      others: mix.slice(1),
      store: random.below(2) === 0 ? 'keys' : 'bytes',
      seed,
      contents: (shared ??= makeContents(CONTENTS)),
      bindings: [],
      optionalEdges: random.below(3) > 0,
      lastResort: random.below(2) === 0,
      shape,
      ...(random.below(2) === 0 ? {} : { policies: [whim(random, running, shape)] }),
    };
    try {
      const kit = composeKitHost(config);
      running.strategies = kit.host.strategies;
      return { kit: { ...kit, lastResort: mustServe(config) }, what: describe(config, mix) };
    } catch (error) {
      if (!isOverbookError(error) || !REFUSALS.has(error.code)) throw error;
    }
  }
}

/**
 * Whether every guest must get its frames in the end. Reservations may leave nothing for the other VMs, and a
 * policy may order a VM to nothing: their guests wait, rightly.
 */
function mustServe({ lastResort, policies, shape }: KitHostConfig): boolean {
  return lastResort && policies === undefined && shape!.vms.every((vm) => vm.reservation === 0);
}

type Mix = readonly { readonly plugin: AnyStrategyPlugin; readonly options: unknown }[];

/** Some of the strategies, at least one, in any order. */
function drawMix(random: RandomStream, strategies: readonly FuzzedStrategy[]): Mix {
  const left = [...strategies];
  const count = 1 + random.below(left.length);
  return Array.from({ length: count }, () => {
    const [{ plugin, options = [undefined] }] = left.splice(random.below(left.length), 1) as [FuzzedStrategy];
    return { plugin, options: pick(random, options) };
  });
}

function drawShape(random: RandomStream): HostShape {
  const memory = pick(random, MEMORIES);
  const reserve = 1 + random.below(Math.floor(memory / 8));
  let reservable = memory - reserve;
  const vms = Array.from({ length: 1 + random.below(VMS_MAX) }, (_, i): KitVm => {
    const size = pick(random, SIZES);
    const reservation = Math.min(random.below(4) === 0 ? random.below(size + 1) : 0, reservable);
    reservable -= reservation;
    const limit = random.below(4) === 0 ? Math.max(1, reservation, Math.floor(size / 2)) : size;
    const salt = pick(random, SALTS);
    return {
      name: `vm${i}`,
      size: toPages(size),
      reservation: toPages(reservation),
      limit: toPages(limit),
      shares: 1 + random.below(2000),
      driver: pick(random, DRIVERS),
      ...(salt === undefined ? {} : { salt }),
    };
  });
  const memoryStates = pick(random, [
    PROOF_SHAPE.memoryStates,
    PROOF_SHAPE.memoryStates,
    'direct',
    ...Object.keys(MEMORY_STATE_MODELS),
  ]);
  return { memory: toPages(memory), reserve: toPages(reserve), vms, memoryStates };
}

/**
 * In one host of four, some VMs are cloned from templates: from a stream of its own, so that hosts stay what they were.
 */
function withTemplates(shape: HostShape, random: RandomStream): HostShape {
  if (random.below(4) > 0) return shape;
  const { table } = (shared ??= makeContents(CONTENTS));
  const templates = ['golden', 'silver'].map((name) => ({
    name,
    contents: table,
    // Zeros among them; most end within their VMs.
    pages: Uint32Array.from({ length: 1 + random.below(200) }, () =>
      random.below(4) === 0 ? 0 : 1 + random.below(CONTENTS),
    ),
  }));
  const vms = shape.vms.map((vm) => {
    const template = templates[random.below(3)];
    if (template === undefined) return vm;
    return { ...vm, template: { ...template, pages: template.pages.subarray(0, vm.size) } };
  });
  return { ...shape, vms };
}

/** A host whose guests are large enough for large pages, and short by a third. */
function drawLargeShape(random: RandomStream): HostShape {
  const vms = Array.from({ length: 2 }, (_, i): KitVm => {
    const size = 600 + random.below(1100);
    return { name: `vm${i}`, size: toPages(size), driver: pick(random, DRIVERS) };
  });
  const memory = Math.floor(vms.reduce((sum, vm) => sum + vm.size, 0) * 0.66);
  return {
    memory: toPages(memory),
    reserve: toPages(16),
    vms,
    memoryStates: PROOF_SHAPE.memoryStates,
    largePages: 'on',
  };
}

/** What runs on the host, known once it is composed. */
interface Running {
  strategies: KitHost['host']['strategies'];
}

/** What each kind of order asks of the strategy that it names, as core has it. */
const ASKS = { target: ['reclaim', 'relax'], size: ['resize'], reclaim: ['reclaim'] } as const;
const KINDS = ['target', 'size', 'reclaim'] as const;

/** Orders anything that can be carried out, for any VM, by a strategy that can or by none. */
function whim(random: RandomStream, running: Running, shape: HostShape): Chosen<AnyPolicyPlugin> {
  return definePolicy({
    id: 'whim',
    contract: 2,
    title: 'Orders at random',
    options: noOptions,
    needs: {},
    create: () =>
      stepPolicy({
        initial: null,
        decide: (state, { vms }) => {
          if (vms.length === 0) return { state, orders: [] };
          const { vm } = pick(random, vms);
          const drawn = pick(random, KINDS);
          const able = running.strategies.filter(({ strategy }) =>
            ASKS[drawn].some((method) => strategy[method] !== undefined),
          );
          // Without a strategy that can resize, an order for a size is refused.
          const kind = drawn === 'size' && able.length === 0 ? 'target' : drawn;
          const by = able.length === 0 || random.below(2) === 0 ? {} : { by: pick(random, able).id };
          const most = shape.vms[vm]!.size;
          const order: Order = {
            kind,
            vm,
            pages: toPages(random.below(most + 1)),
            reason: { what: 'a whim' },
            ...by,
          };
          return { state, orders: [order] };
        },
      }),
  });
}

function describe({ shape, store, lastResort, policies }: KitHostConfig, mix: Mix): string {
  const { memory, reserve, vms, memoryStates, largePages } = shape!;
  const states = typeof memoryStates === 'string' ? memoryStates : memoryStates.id;
  const names = [...mix.map((one) => one.plugin.id), ...(lastResort ? ['kit-swap'] : [])].join(' + ');
  const sizes = vms.map((vm) => vm.size).join('+');
  const cloned = vms.some(({ template }) => template !== undefined) ? ', templates' : '';
  const host = `${memory} frames (${reserve} in reserve), VMs ${sizes}${cloned}`;
  return `${names} on ${store}, ${host}, ${states}${policies ? ', whims' : ''}${largePages ? ', large pages' : ''}`;
}
