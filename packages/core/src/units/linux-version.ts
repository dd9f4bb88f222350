/** Versions of Linux, for what follows the kernel's rules where they changed between versions. */

/** The newest kernel with long-term support: what an option `kernel` is when nobody gives it. */
export const NEWEST_LTS_KERNEL = '6.18';

/** A version as `uname -r` prints it; what follows the first two numbers is ignored. */
export const LINUX_VERSION = /^(\d{1,2})\.(\d{1,3})(\D.*)?$/;

/** True where `version`, which must match LINUX_VERSION, is `major.minor` or later. */
export function linuxSince(version: string, major: number, minor: number): boolean {
  const numbers = LINUX_VERSION.exec(version);
  if (numbers === null) throw new Error(`'${version}' is not a Linux version`);
  const given = Number(numbers[1]);
  return given > major || (given === major && Number(numbers[2]) >= minor);
}
