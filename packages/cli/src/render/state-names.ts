/** What memory states are called on hosts whose system has words of its own for them. */
import type { Experiment } from '@overbook/lab';
import { settledOf } from '@overbook/lab';
import { listed } from '@overbook/lab/words';

/** A sentence for each model among the mixes: `Linux watermarks: high is kswapd asleep, ...`. */
export function stateNames({ file, mixes, memories }: Experiment): readonly string[] {
  const models = mixes.map((mix) => settledOf(file.scenario, memories[0]!, mix).model);
  const named = new Map(models.flatMap(({ title, names }) => (names === undefined ? [] : [[title, names]])));
  return [...named].map(([title, names]) => {
    const words = Object.entries(names).map(([state, name]) => `${state} is ${name}`);
    return `${title}: ${listed(words)}.`;
  });
}
