import { VirtualClock } from '../ports/clock.ts';
import type { Metering } from '../ports/meter.ts';
import { SilentMetering } from '../ports/meter.ts';
import type { Random } from '../ports/random.ts';
import { SeededRandom } from '../ports/random.ts';
import type { Token } from '../ports/token.ts';
import { CONTENTS, FUTURE, PAGE_STORE, SWAP_DEVICE } from '../contract/tokens.ts';
import type { HostValues } from '../settings/host-settings.ts';
import { nestedTranslation, shadowTranslation } from '../translate/make-translation.ts';
import type { Translation } from '../translate/translation.ts';
import { TRANSLATION } from '../translate/translation-token.ts';
import { ByteStore } from '../store/byte-store.ts';
import { KeyStore } from '../store/key-store.ts';
import type { Contents, PageStore } from '../ports/page-store.ts';
import type { Scope } from './container.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { Edges, HostConfig } from './host-config.ts';

/** Registers a thing, or what the user bound in its place. */
export function provide<T>(scope: Scope, config: HostConfig, token: Token<T>, make: () => T): void {
  const rebound = config.bindings?.find((binding) => binding.token === token);
  scope.provide(token, () => (rebound === undefined ? make() : (rebound.make(make()) as T)));
}

/** What surrounds a host, defaults filled in. */
export interface HostEdges {
  readonly clock: ClockPort;
  readonly metering: Metering;
  readonly random: Random;
  readonly store: PageStore;
  /** The bytes of frames, where the store has them. */
  readonly contents: Contents | undefined;
  /** The page walks that the setting `translation` asks for. */
  readonly translation: Translation | undefined;
}

/** Registers the edges by token: the user's, or the defaults. @param frames machine frames the store must hold */
export function provideEdges(
  scope: Scope,
  config: HostConfig,
  settled: HostValues,
  frames: number,
): HostEdges {
  const edges = config.edges ?? {};
  const clock: ClockPort = edges.clock ?? new VirtualClock();
  const metering = edges.metering ?? new SilentMetering();
  const random = edges.random ?? new SeededRandom(config.seed ?? 1);
  const chosen: PageStore =
    typeof config.store === 'object'
      ? config.store
      : settled.store === 'keys'
        ? new KeyStore(frames, edges.contentKey)
        : new ByteStore(frames);
  // Tokens of the user's own first: what core provides under the same token comes later and wins.
  for (const { token, make } of config.bindings ?? []) {
    scope.provide(token as Token<unknown>, () => make(undefined));
  }
  provide(scope, config, PAGE_STORE, () => chosen);
  const store = scope.get(PAGE_STORE);
  const contents = chosen instanceof ByteStore ? chosen : undefined;
  if (contents !== undefined) provide(scope, config, CONTENTS, () => contents);
  if (edges.swapDevice !== undefined) provide(scope, config, SWAP_DEVICE, () => edges.swapDevice!);
  if (edges.future !== undefined) provide(scope, config, FUTURE, () => edges.future!);
  const translation = translationOf(settled, edges, metering);
  const walks = edges.translation ?? translation;
  if (walks !== undefined) provide(scope, config, TRANSLATION, () => walks);
  return { clock, metering, random, store, contents, translation };
}

function translationOf(
  { translation }: HostValues,
  { tableWritten, translation: ofTheirs }: Edges,
  metering: Metering,
): Translation | undefined {
  if (translation === 'none' || ofTheirs !== undefined) return undefined;
  const options = { meter: metering.meter('translation'), ...(tableWritten && { tableWritten }) };
  return translation === 'nested' ? nestedTranslation(options) : shadowTranslation(options);
}
