/** The modules a plugin may import, as this process runs them: a plugin anywhere on disk gets these, not copies. */
import * as core from '@overbook/core';
import * as host from '@overbook/core/host';
import * as units from '@overbook/core/units';
import * as formats from '@overbook/formats';
import * as images from '@overbook/images';
import * as sim from '@overbook/sim';
import * as traces from '@overbook/traces';
import * as rxjs from 'rxjs';
import * as zod from 'zod';

export const RUNNING_COPIES: Readonly<Record<string, unknown>> = {
  '@overbook/core': core,
  '@overbook/core/host': host,
  '@overbook/core/units': units,
  '@overbook/formats': formats,
  '@overbook/images': images,
  '@overbook/sim': sim,
  '@overbook/traces': traces,
  rxjs,
  zod,
};
