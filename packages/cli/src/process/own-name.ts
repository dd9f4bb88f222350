/** A name that no other process has, on any machine that sees the same folder. */
import { hostname } from 'node:os';

export function ownName(): string {
  return `${hostname()}-${process.pid}`;
}
