/**
 * Loads plugins by module specifier: paths (JavaScript or TypeScript, any folder) and package names. Every named export
 * that carries a numeric `contract` and a `role` is taken, so one module can hold several.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { AnyPolicyPlugin, AnyStrategyPlugin } from '@overbook/core/host';
import { CONTRACT, OverbookError } from '@overbook/core';
import { guardCall } from '@overbook/core/internals';

import { mendOfUnknown } from './other-names.ts';

export type AnyPlugin = AnyStrategyPlugin | AnyPolicyPlugin;

/** A module to load, and the folder that it is relative to. */
export interface ModuleRequest {
  readonly specifier: string;
  readonly folder: string;
  /** For messages: where it was named. */
  readonly at: string;
}

/** A plugin and the module that it came from. */
export interface LoadedPlugin {
  readonly plugin: AnyPlugin;
  readonly specifier: string;
}

/** Packages whose strategies and policies every scenario may name by id alone. */
export const SHIPPED: readonly string[] = [
  '@overbook/core',
  '@overbook/hostswap',
  '@overbook/tps',
  '@overbook/balloon',
  '@overbook/compression',
  '@overbook/bounds',
];

export function isPath(specifier: string): boolean {
  return specifier.startsWith('.') || isAbsolute(specifier) || /\.[cm]?[jt]s$/.test(specifier);
}

/** Everything a module exports that is a plugin. @throws OVB_PLUGIN_LOAD, OVB_PLUGIN_EMPTY, OVB_CONTRACT */
export async function loadModule(request: ModuleRequest): Promise<readonly LoadedPlugin[]> {
  const { specifier, at } = request;
  const exported = await guardCall(specifier, () => importModule(request));
  const plugins = pluginsOf(exported, specifier, at);
  if (plugins.length === 0) {
    throw new OverbookError(
      'OVB_PLUGIN_EMPTY',
      at,
      `module '${specifier}' exports no strategy and no policy`,
      'Export by name what defineStrategy or definePolicy returns.',
    );
  }
  for (const plugin of plugins) {
    if (plugin.contract === CONTRACT) continue;
    throw new OverbookError(
      'OVB_CONTRACT',
      at,
      `plugin '${plugin.id}' of '${specifier}' implements contract ${plugin.contract}, this core needs ${CONTRACT}`,
      'Install versions of the plugin and of @overbook/core that match.',
    );
  }
  for (const plugin of plugins) checkShape(plugin, specifier, at);
  return plugins.map((plugin) => ({ plugin, specifier }));
}

/** Everything a module exports. @throws OVB_PLUGIN_LOAD */
export function importModule(request: ModuleRequest): Promise<unknown> {
  return isPath(request.specifier) ? importPath(request) : importPackage(request);
}

/** @throws OVB_PLUGIN_LOAD for exports that cannot even be looked at */
function pluginsOf(exported: unknown, specifier: string, at: string): readonly AnyPlugin[] {
  try {
    return guardCall(specifier, () => pluginsIn(exported));
  } catch (cause) {
    throw broken(specifier, at, cause);
  }
}

/** Ids name mixes, files and keys of results. */
const ID = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

/** What a plugin is made of, looked at once: later code takes it for granted. @throws OVB_PLUGIN_INVALID */
function checkShape(plugin: AnyPlugin, specifier: string, at: string): void {
  const { id, title, options, needs } = plugin as Partial<AnyPlugin>;
  const wrong = !ID.test(id!)
    ? `has the id ${JSON.stringify(id)}`
    : typeof title !== 'string'
      ? 'has no title'
      : typeof options?.safeParse !== 'function'
        ? 'has options that are not a zod schema'
        : typeof needs !== 'object' || needs === null
          ? 'names no needs'
          : undefined;
  if (wrong === undefined) return;
  throw new OverbookError(
    'OVB_PLUGIN_INVALID',
    at,
    `a plugin of '${specifier}' ${wrong}`,
    'Define it with defineStrategy or definePolicy; an id is at most 64 letters, digits, `-`, `_` and `.`.',
  );
}

function pluginsIn(exported: unknown): readonly AnyPlugin[] {
  if (typeof exported !== 'object' || exported === null) return [];
  const found = new Set<AnyPlugin>();
  for (const name of Object.keys(exported).sort()) {
    const value = (exported as Readonly<Record<string, unknown>>)[name];
    if (isPlugin(value)) found.add(value);
  }
  return [...found];
}

function isPlugin(value: unknown): value is AnyPlugin {
  if (typeof value !== 'object' || value === null) return false;
  const { contract, role, id, create } = value as Partial<AnyPlugin>;
  const marked = typeof contract === 'number' && (role === 'strategy' || role === 'policy');
  return marked && typeof id === 'string' && typeof create === 'function';
}

async function importPath({ specifier, folder, at }: ModuleRequest): Promise<unknown> {
  const path = resolve(folder, specifier);
  if (!existsSync(path)) {
    throw new OverbookError(
      'OVB_PLUGIN_LOAD',
      at,
      `plugin file ${specifier} does not exist`,
      'Give its path relative to the scenario file, or after --plugin to the current folder.',
    );
  }
  try {
    // Loaded when a path is: with the modules that it may import they take as long as all the rest.
    const { createJiti } = await import('jiti');
    const { RUNNING_COPIES } = await import('./running-copies.ts');
    // Interop would answer for names a module does not have.
    const jiti = createJiti(path, {
      virtualModules: { ...RUNNING_COPIES },
      interopDefault: false,
      fsCache: false,
    });
    return await jiti.import(path);
  } catch (cause) {
    throw broken(specifier, at, cause);
  }
}

async function importPackage({ specifier, folder, at }: ModuleRequest): Promise<unknown> {
  const besideScenario = resolveFrom(join(folder, 'scenario.yaml'), specifier);
  const isShipped = SHIPPED.includes(specifier);
  try {
    if (isShipped || besideScenario === undefined) return await importOwn(specifier);
    return await import(pathToFileURL(besideScenario).href);
  } catch (cause) {
    if (besideScenario !== undefined || isInstalled(specifier)) throw broken(specifier, at, cause);
    throw new OverbookError(
      'OVB_PLUGIN_LOAD',
      at,
      `package '${specifier}' is not installed`,
      `Run \`npm install ${specifier}\` beside the scenario, or give a path that starts with ./ or /.`,
      cause,
    );
  }
}

/** From this package's folder: shipped plugins are installed beside it. */
function importOwn(specifier: string): Promise<unknown> {
  return import(specifier);
}

/** Is the package itself there? What it imports need not be. */
function isInstalled(specifier: string): boolean {
  try {
    createRequire(import.meta.url).resolve(specifier);
    return true;
  } catch (cause) {
    // A package that is there may have nothing for `require`.
    return (cause as { code?: string }).code !== 'MODULE_NOT_FOUND';
  }
}

function resolveFrom(file: string, specifier: string): string | undefined {
  try {
    return createRequire(file).resolve(specifier);
  } catch {
    return undefined;
  }
}

function broken(specifier: string, at: string, cause: unknown): OverbookError {
  return new OverbookError(
    'OVB_PLUGIN_LOAD',
    at,
    `module '${specifier}' fails to load: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`,
    'Correct the module; run it with `node` to see where it fails.',
    cause,
  );
}

/** Plugins by id. */
export class PluginCatalogue {
  readonly #byId = new Map<string, LoadedPlugin>();
  readonly #bySpecifier = new Map<string, readonly LoadedPlugin[]>();

  /** Loads the shipped packages and the given modules. @throws OVB_ID_TAKEN and what loadModule throws */
  static async load(requests: readonly ModuleRequest[]): Promise<PluginCatalogue> {
    const catalogue = new PluginCatalogue();
    for (const specifier of SHIPPED) await catalogue.add({ specifier, folder: '.', at: specifier });
    for (const request of requests) await catalogue.add(request);
    return catalogue;
  }

  async add(request: ModuleRequest): Promise<readonly LoadedPlugin[]> {
    const key = isPath(request.specifier) ? resolve(request.folder, request.specifier) : request.specifier;
    const known = this.#bySpecifier.get(key);
    if (known !== undefined) return known;
    const loaded = await loadModule(request);
    for (const one of loaded) this.#take(one, request.at);
    this.#bySpecifier.set(key, loaded);
    return loaded;
  }

  /** Adds a plugin that exists as an object only. @throws OVB_ID_TAKEN */
  addObject(plugin: AnyPlugin): void {
    this.#take({ plugin, specifier: '(object)' }, plugin.id);
  }

  get all(): readonly LoadedPlugin[] {
    return [...this.#byId.values()];
  }

  /** What is loaded under an id, of whatever role. @throws OVB_PLUGIN_UNKNOWN with a suggestion */
  find(id: string, at: string): LoadedPlugin {
    const found = this.#byId.get(id);
    if (found !== undefined) return found;
    const mend = mendOfUnknown(id, [...this.#byId.keys()]);
    throw new OverbookError('OVB_PLUGIN_UNKNOWN', at, `there is no plugin '${id}'`, mend);
  }

  /** The plugin of an id. @throws OVB_PLUGIN_UNKNOWN with a suggestion */
  get(id: string, role: AnyPlugin['role'], at: string): AnyPlugin {
    const found = this.#byId.get(id)?.plugin;
    if (found?.role === role) return found;
    const known = this.all.filter(({ plugin }) => plugin.role === role).map(({ plugin }) => plugin.id);
    const what =
      found === undefined ? `there is no ${role} '${id}'` : `'${id}' is a ${found.role}, not a ${role}`;
    const list = found?.role === 'policy' ? 'policies' : 'strategies';
    const mend = found === undefined ? mendOfUnknown(id, known) : `Name it under \`${list}\` of the mix.`;
    throw new OverbookError('OVB_PLUGIN_UNKNOWN', at, what, mend);
  }

  strategy(id: string, at: string): AnyStrategyPlugin {
    return this.get(id, 'strategy', at) as AnyStrategyPlugin;
  }

  policy(id: string, at: string): AnyPolicyPlugin {
    return this.get(id, 'policy', at) as AnyPolicyPlugin;
  }

  #take(loaded: LoadedPlugin, at: string): void {
    const { id } = loaded.plugin;
    const other = this.#byId.get(id);
    if (other !== undefined) {
      throw new OverbookError(
        'OVB_ID_TAKEN',
        at,
        `'${loaded.specifier}' exports a plugin named '${id}', and so does '${other.specifier}'`,
        'Rename one of them; ids are unique.',
      );
    }
    this.#byId.set(id, loaded);
  }
}
