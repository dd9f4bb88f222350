import type { Template } from '../ports/template.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { Mfn } from '../units/page.ts';

/** Pages of one VM that still hold what its template says, since nothing has touched or taken them. */
export class Origin {
  readonly #template: Template;
  /** 1 for a page that still holds its content of the template. */
  readonly #intact: Uint8Array;

  constructor(template: Template) {
    this.#template = template;
    this.#intact = new Uint8Array(template.pages.length);
  }

  /** The VM is powered on: its memory is the template's again. */
  reset(): void {
    this.#template.pages.forEach((content, page) => (this.#intact[page] = content === 0 ? 0 : 1));
  }

  /** True where the page holds something else than zero. */
  holds(page: number): boolean {
    return this.#intact[page] === 1;
  }

  /** Puts the page's content into a frame. Only for a page that `holds`. */
  load(page: number, into: Mfn, store: PageStore): void {
    store.write(into, this.#template.contents, this.#template.pages[page]! - 1);
  }

  /** The page left the template: it has a frame, another backing, or nothing. */
  leave(page: number): void {
    this.#intact[page] = 0;
  }
}
