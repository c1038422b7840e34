/** What is watched of one kind, in the order of being added. A member's present state is worked out when it is asked for, because its age counts. */
export class Members<T> {
  readonly #present = new Map<string, () => T>()

  add(id: string, present: () => T): void {
    this.#present.set(id, present)
  }
  delete(id: string): void {
    this.#present.delete(id)
  }
  /** null: there is no such member. */
  readonly get = (id: string): T | null => this.#present.get(id)?.() ?? null
  readonly all = (): readonly T[] => Array.from(this.#present.values(), (present) => present())
}
