/** Core's vocabulary of injection tokens: what a plugin may ask a host for, and what a user may rebind. */
import type { Contents, PageStore } from '../ports/page-store.ts';
import type { Pressure } from '../ports/pressure.ts';
import type { Observable } from 'rxjs';

import type { Clock } from '../ports/clock.ts';
import type { FutureService } from '../ports/future.ts';
import type { GuestService } from '../ports/guest-drivers.ts';
import type { Meter } from '../ports/meter.ts';
import type {
  DemoteService,
  FrameService,
  PageService,
  RescueService,
  SaltService,
} from '../ports/page-service.ts';
import type { Random } from '../ports/random.ts';
import type { SwapDevice } from '../ports/swap-device.ts';
import type { Token } from '../ports/token.ts';
import { token } from '../ports/token.ts';

/** The mapping tables. Absent on a host whose pages cannot be enumerated. */
export const PAGES: Token<PageService> = token<PageService>('PAGES');
/** Machine frames, counted in the plugin's name. */
export const FRAMES: Token<FrameService> = token<FrameService>('FRAMES');
/** What runs inside the guests; what they give is counted in the plugin's name. Absent where no guest cooperates. */
export const GUESTS: Token<GuestService> = token<GuestService>('GUESTS');
export const CLOCK: Token<Clock> = token<Clock>('CLOCK');
/** CPU time, charged to the plugin. */
export const METER: Token<Meter> = token<Meter>('METER');
/** Chance, in streams of the plugin's own. */
export const RANDOM: Token<Random> = token<Random>('RANDOM');
/** Where swapped pages go, if the host has something better than the strategy's own device model. */
export const SWAP_DEVICE: Token<SwapDevice> = token<SwapDevice>('SWAP_DEVICE');
/** What guests will touch. Absent where nobody can know: bounds alone ask for it. */
export const FUTURE: Token<FutureService> = token<FutureService>('FUTURE');
/** Contents of frames, as far as the host knows them. */
export const PAGE_STORE: Token<PageStore> = token<PageStore>('PAGE_STORE');
/** The bytes of frames. Absent where only keys are known. */
export const CONTENTS: Token<Contents> = token<Contents>('CONTENTS');
/** The pressure stream, for a plugin that wants it before `start`. */
export const PRESSURE: Token<Observable<Pressure>> = token<Observable<Pressure>>('PRESSURE');
/** Sharing domains of VMs. */
export const SALTS: Token<SaltService> = token<SaltService>('SALTS');
/** The mix's other strategies, asked to keep a page cheaper. */
export const RESCUERS: Token<RescueService> = token<RescueService>('RESCUERS');
/** Hands a page on to a strategy further from memory. */
export const DEMOTE: Token<DemoteService> = token<DemoteService>('DEMOTE');
