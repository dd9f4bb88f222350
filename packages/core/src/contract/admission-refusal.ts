import type { Pages } from '../units/page.ts';

/** Why a VM is not powered on: plain data with the arithmetic. Pages. */
export interface AdmissionRefusal {
  /** What is missing: unreserved machine memory, or swap space. */
  readonly of: 'memory' | 'swap';
  /** Where: the host, or the pool by name. */
  readonly where: string;
  /** Reservation + overhead, or size − reservation. */
  readonly needs: Pages;
  readonly reservation: Pages;
  readonly overhead: Pages;
  /** Asked for and unreserved at `where`; less than `needs` is asked where a pool below pays a part. */
  readonly asked: Pages;
  readonly unreserved: Pages;
}
