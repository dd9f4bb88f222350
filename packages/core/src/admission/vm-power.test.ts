import { expect, test } from 'vitest';

import { composeHost } from '../composition/compose-host.ts';
import type { Host } from '../host/host.ts';
import type { HostConfig } from '../composition/host-config.ts';
import type { Observation } from '../contract/policy.ts';
import { definePolicy } from '../contract/policy.ts';
import type { Decision } from '../contract/decision.ts';
import { stepPolicy } from '../policy/step-policy.ts';
import { mib, toPages, toVmId } from '../units/page.ts';
import { z } from 'zod';

/** Orders nothing and writes down what it was asked with. */
function listener(asked: Observation[]) {
  return definePolicy({
    id: 'listener',
    contract: 2,
    title: '',
    options: z.strictObject({}),
    needs: {},
    create: () =>
      stepPolicy({
        initial: null,
        decide: (state, observation) => {
          asked.push(observation);
          return { state, orders: [] };
        },
      }),
  });
}

function compose(config: Partial<HostConfig>): { host: Host; asked: Observation[]; decided: Decision[] } {
  const asked: Observation[] = [];
  const decided: Decision[] = [];
  const host = composeHost({
    memory: mib(8),
    memoryStates: 'direct',
    vms: [
      { name: 'a', size: mib(2), overhead: toPages(10) },
      { name: 'b', size: mib(2), overhead: toPages(20), poweredOn: false },
    ],
    strategies: [],
    policies: [listener(asked)],
    ...config,
  });
  host.decisions$.subscribe((decision) => decided.push(decision));
  return { host, asked, decided };
}

test('a VM that is off holds nothing, counts nowhere and cannot be touched', () => {
  const { host, asked } = compose({});
  expect(() => host.vm('b').write(0, 'x')).toThrow(/vm b: it is powered off/);
  host.advance(20_000);
  expect(asked.map(({ vms }) => vms.map(({ name }) => name))).toEqual([['a']]);
  const { overhead, vms } = host.counters();
  expect([overhead, vms[1]!.overhead, vms[1]!.entitlement, vms[1]!.poweredOn]).toEqual([10, 0, 0, false]);
  host.verify();
});

test('power-on takes the overhead, power-off gives back everything, and policies hear of both at once', () => {
  const { host, asked, decided } = compose({});
  const free = host.pool.free;
  expect(host.powerOn('b')).toBeUndefined();
  expect([host.isOn('b'), host.pool.free]).toEqual([true, free - 20]);
  host.vm('b').write(5, 'x');
  expect(asked.map(({ cause, held, vms }) => [cause, held, vms.length])).toEqual([['power', 30, 2]]);
  host.powerOff('b');
  host.settle(host.clock.now());
  expect([host.isOn('b'), host.pool.free]).toEqual([false, free]);
  expect(asked.map(({ cause, vms }) => [cause, vms.length])).toEqual([
    ['power', 2],
    ['power', 1],
  ]);
  expect(decided.map(({ kind }) => kind)).toEqual(['power-on', 'power-off']);
  host.verify();
});

test('a VM that is powered on again begins with no page touched', () => {
  const { host } = compose({});
  host.vm('a').write(3, 'before');
  host.powerOff('a');
  host.powerOn('a');
  expect(
    host
      .vm('a')
      .read(3)
      .every((byte) => byte === 0),
  ).toBe(true);
  host.verify();
});

test('a VM that does not fit is refused with the numbers, and the others go on', () => {
  const { host, asked, decided } = compose({
    vms: [
      { name: 'a', size: mib(6), reservation: mib(6) },
      { name: 'b', size: mib(4), reservation: mib(3), poweredOn: false },
    ],
  });
  expect(host.powerOn('b')).toMatchObject({ needs: mib(3), unreserved: mib(2) });
  expect(decided).toMatchObject([{ kind: 'not-admitted', vm: 1, refusal: { of: 'memory' } }]);
  host.vm('a').write(0, 'x');
  expect([host.isOn('b'), asked.length]).toEqual([false, 0]);
});

test('swap space that is taken refuses a VM too', () => {
  const { host } = compose({ swapSpace: mib(3) });
  expect(host.powerOn('b')).toMatchObject({ of: 'swap', needs: mib(2), unreserved: mib(1) });
});

test('with admission control off whatever is asked for is powered on', () => {
  const { host } = compose({ swapSpace: toPages(0), admission: 'off' });
  expect([host.isOn('a'), host.powerOn('b')]).toEqual([true, undefined]);
});

test('an administrator changes shares, reservation and limit, and policies are asked at once', () => {
  const { host, asked, decided } = compose({});
  host.change('a', { shares: 'high', reservation: mib(1), limit: toPages(300) });
  host.settle(host.clock.now());
  expect(asked).toMatchObject([{ cause: 'change', vms: [{ shares: 40, reservation: mib(1), limit: 300 }] }]);
  expect(decided).toMatchObject([{ kind: 'change', vm: 0, change: { shares: 'high' } }]);
  expect(host.reclaimer.targets[toVmId(0)]).toBe(300);
  for (let page = 0; page < 300; page++) host.vm('a').write(page, 'x');
  expect(() => host.vm('a').write(300, 'x')).toThrow(/OVB_BLOCKED|waited/);
});

test('a change that cannot hold changes nothing', () => {
  const { host, asked } = compose({});
  expect(() => host.change('a', { limit: toPages(0) })).toThrow(/limit is 0/);
  expect(() => host.change('a', { reservation: mib(1), limit: toPages(1) })).toThrow(/below its reservation/);
  expect(() => host.change('a', { shares: 0 })).toThrow(/shares are 0/);
  host.settle(host.clock.now());
  expect(asked).toEqual([]);
  expect(host.memory.vms[0]).toMatchObject({ shares: 20, reservation: 0, limit: mib(2) });
});

test('a larger reservation is admitted or refused like a VM', () => {
  const { host } = compose({
    vms: [
      { name: 'a', size: mib(6), reservation: mib(1) },
      { name: 'b', size: mib(6), reservation: mib(4) },
    ],
  });
  host.change('a', { reservation: mib(4) });
  expect(() => host.change('a', { reservation: mib(5) })).toThrow(/vm a: it is not admitted: it needs 5 MiB/);
  expect(host.memory.vms[0]!.reservation).toBe(mib(4));
  host.change('b', { reservation: mib(3) });
  host.change('a', { reservation: mib(5) });
});

test('overhead that is not to be had at power-on is taken as frames become free', () => {
  const { host } = compose({ memory: mib(2), admission: 'off' });
  for (let page = 0; page < 495; page++) host.vm('a').write(page, 'x');
  host.powerOn('b');
  expect(host.counters().vms[1]!.overhead).toBe(7);
  host.powerOff('a');
  host.advance(100);
  expect(host.counters().vms[1]!.overhead).toBe(20);
  host.verify();
});
