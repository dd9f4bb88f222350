/** Mixes with their plugins found and their options checked. */
import type { Json } from '@overbook/core';
import { OverbookError } from '@overbook/core';
import { hostProfile, profileOptions } from '@overbook/core/host';
import { guardCall } from '@overbook/core/internals';

import type { AnyPlugin, ModuleRequest, PluginCatalogue } from '../plugins/load-plugins.ts';
import { isPath } from '../plugins/load-plugins.ts';
import type { Path } from '../scenario/problems.ts';
import { ProblemsError, explain, problemsOf } from '../scenario/problems.ts';
import type { ScenarioFile } from '../scenario/read-scenario.ts';
import type { PluginEntry } from '../scenario/schema.ts';
import type { ChosenId, Mix } from './mix.ts';

function nameIn(entry: PluginEntry): string {
  return typeof entry === 'string' ? entry : Object.keys(entry)[0]!;
}

/** A name that is no id: a path, or a package with a scope or a slash. */
function isModule(name: string): boolean {
  return isPath(name) || name.startsWith('@') || name.includes('/');
}

/** Modules that mixes name in place. */
export function modulesInMixes({ scenario, folder, place }: ScenarioFile): readonly ModuleRequest[] {
  return Object.entries(scenario.mixes).flatMap(([mix, { strategies, policies = [] }]) =>
    Object.entries({ strategies, policies }).flatMap(([list, entries]) =>
      entries.flatMap((entry, i) =>
        isModule(nameIn(entry))
          ? [{ specifier: nameIn(entry), folder, at: place(['mixes', mix, list, i]) }]
          : [],
      ),
    ),
  );
}

/** Modules that the scenario lists under `plugins`. */
export function modulesListed({ scenario, folder, place }: ScenarioFile): readonly ModuleRequest[] {
  return scenario.plugins.map((specifier, i) => ({ specifier, folder, at: place(['plugins', i]) }));
}

/** Every mix with ids in place of names; all problems at once. @throws ProblemsError */
export async function resolveMixes(file: ScenarioFile, catalogue: PluginCatalogue): Promise<readonly Mix[]> {
  const problems: OverbookError[] = [];
  const mixes: Mix[] = [];
  for (const [name, { strategies, policies, memoryStates, profile }] of Object.entries(file.scenario.mixes)) {
    const family = profile ?? file.scenario.host.profile;
    const list = (entries: readonly PluginEntry[], key: 'strategies' | 'policies') =>
      resolveList(file, catalogue, entries, { path: ['mixes', name, key], profile: family }, problems);
    const chosen = await list(strategies, 'strategies');
    mixes.push({
      name,
      strategies: chosen,
      ...(policies === undefined ? {} : { policies: await list(policies, 'policies') }),
      ...(memoryStates === undefined ? {} : { memoryStates }),
      ...(profile === undefined ? {} : { profile }),
    });
  }
  if (problems.length > 0) throw new ProblemsError(problems);
  return mixes;
}

async function resolveList(
  file: ScenarioFile,
  catalogue: PluginCatalogue,
  entries: readonly PluginEntry[],
  { path, profile }: { readonly path: Path; readonly profile: string | undefined },
  problems: OverbookError[],
): Promise<readonly ChosenId[]> {
  const chosen: ChosenId[] = [];
  for (const [i, entry] of entries.entries()) {
    const at = file.place([...path, i]);
    try {
      const plugin = await findPlugin(
        file,
        catalogue,
        entry,
        path.at(-1) === 'strategies' ? 'strategy' : 'policy',
        at,
      );
      if (chosen.some(({ id }) => id === plugin.id)) throw twice(plugin.id, at);
      const given = typeof entry === 'string' ? undefined : entry[nameIn(entry)];
      const options = plugin.role === 'strategy' ? profileOptions(profile, plugin.id, given) : given;
      const problem = optionProblems(file, plugin, options, [...path, i, nameIn(entry)]);
      problems.push(...problem.map((one) => toldOfProfile(one, profile, plugin.id, given)));
      chosen.push({
        id: plugin.id,
        ...(options === undefined ? {} : { options: options as Record<string, Json> }),
      });
    } catch (error) {
      if (!(error instanceof OverbookError)) throw error;
      problems.push(error);
    }
  }
  return chosen;
}

async function findPlugin(
  file: ScenarioFile,
  catalogue: PluginCatalogue,
  entry: PluginEntry,
  role: AnyPlugin['role'],
  at: string,
): Promise<AnyPlugin> {
  const name = nameIn(entry);
  if (!isModule(name)) return catalogue.get(name, role, at);
  const loaded = await catalogue.add({ specifier: name, folder: file.folder, at });
  const fitting = loaded.filter(({ plugin }) => plugin.role === role);
  if (fitting.length === 1) return fitting[0]!.plugin;
  const ids = fitting.map(({ plugin }) => plugin.id).join(', ');
  throw new OverbookError(
    'OVB_PLUGIN_UNKNOWN',
    at,
    fitting.length === 0 ? `module '${name}' exports no ${role}` : `module '${name}' exports several: ${ids}`,
    fitting.length === 0
      ? 'Name another module.'
      : 'List the module under `plugins` and name one of its ids here.',
  );
}

function twice(id: string, at: string): OverbookError {
  return new OverbookError('OVB_ID_TAKEN', at, `'${id}' is named twice in one mix`, 'Name each once.');
}

/** What a profile sets is not to be seen in the file: who reads of a wrong option is told. */
function toldOfProfile(
  { code, at, what, mend, cause }: OverbookError,
  profile: string | undefined,
  id: string,
  given: unknown,
): OverbookError {
  const options = Object.entries(hostProfile(profile).strategies[id] ?? {}).filter(
    ([name]) => !Object.hasOwn((given ?? {}) as object, name),
  );
  const said = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
  const set = options.map(([name, { value }]) => `\`${name}: ${said(value)}\``).join(', ');
  const told = set === '' ? mend : `${mend} Profile ${profile!} sets ${set} unless the mix does.`;
  return new OverbookError(code, at, what, told, cause);
}

/** What is wrong with options, each at its own line. */
function optionProblems(
  file: ScenarioFile,
  plugin: AnyPlugin,
  options: unknown,
  path: Path,
): readonly OverbookError[] {
  let parsed: ReturnType<AnyPlugin['options']['safeParse']>;
  try {
    parsed = guardCall(plugin.id, () =>
      plugin.options.safeParse(options ?? {}, { error: explain, reportInput: true }),
    );
  } catch (cause) {
    const what = `its options schema fails: ${(cause as Error).message}`;
    const mend = 'Correct the plugin: the schema must neither throw nor return a promise.';
    return [new OverbookError('OVB_PLUGIN_OPTIONS', file.place(path), what, mend, cause)];
  }
  if (parsed.success) return [];
  return problemsOf(parsed.error.issues, path).map(
    (problem) =>
      new OverbookError(
        'OVB_OPTIONS_INVALID',
        file.place(problem.path, problem.key),
        `${plugin.id}: ${problem.what}`,
        `${problem.mend} \`overbook strategies show ${plugin.id}\` lists them all.`,
      ),
  );
}
