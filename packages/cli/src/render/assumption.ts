/** One thing that is assumed. */
export interface Assumption {
  /** One sentence or more: the whole of it. */
  readonly whole: string;
  /** A few words, for what can change the answer most. */
  readonly brief?: string;
}
