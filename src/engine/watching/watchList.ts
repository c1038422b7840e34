import type { Clock } from '../../clock/clock.ts'
import { createUnderWay } from '../../clock/underWay.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import type { StoredRow, WatchedRows } from './watchedRows.ts'

/** What is watched of one kind, in the order of being added. A member's present state is worked out when it is asked for, because its age counts. */
export class Members<T> {
  readonly #present = new Map<string, () => T>()

  add(id: string, present: () => T): void {
    this.#present.set(id, present)
  }
  delete(id: string): void {
    this.#present.delete(id)
  }
  readonly get = (id: string): T | null => this.#present.get(id)?.() ?? null
  readonly all = (): readonly T[] => Array.from(this.#present.values(), (present) => present())
}

interface Watched {
  readonly id: string
  readonly origin: 'stored' | 'yaml'
  readonly name: string
  readonly stop: AbortController
}

interface WatchListOptions<W extends Watched, Settings, YamlInput, Shown> {
  readonly noun: 'server' | 'host' | 'probe'
  readonly clock: Clock
  readonly log: Log
  readonly rows: WatchedRows<Settings>
  /** Where its entries are entered for others. */
  readonly members: Members<Shown>
  readonly shown: (watched: W) => Shown
  readonly signal: AbortSignal
  readonly watchStored: (row: StoredRow<Settings>, settings: Settings) => void
  /** `hidesStored`: a stored entry has the same name and is hidden by this one. */
  readonly watchYaml: (id: string, input: YamlInput, hidesStored: boolean) => void
  /** Applies the configuration file's new settings; false: nothing changed. */
  readonly updateFromYaml: (watched: W, input: YamlInput) => boolean
  /** Called after an entry stopped being watched. */
  readonly unwatched: (watched: W) => void
}

/** Names of the entries that a changed configuration file added, changed and removed. */
export interface YamlChange {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

/** Why a server, host or probe can't be changed. */
export type WatchChangeError = 'NOT_FOUND' | 'READ_ONLY' | 'NAME_TAKEN'

/** A new entry. `seal`: its secret, by its id; null: it has none. */
interface NewEntry<Settings> {
  readonly name: string
  readonly settings: Settings
  readonly seal: (id: string) => Uint8Array | null
}

/** The lifecycle shared by servers, hosts and probes: added, edited, removed, restored, listed in the configuration file, stopped. */
export type WatchList<W extends Watched, Settings, YamlInput extends { readonly name: string }> = ReturnType<
  typeof createWatchList<W, Settings, YamlInput, unknown>
>

export function createWatchList<W extends Watched, Settings, YamlInput extends { readonly name: string }, Shown>(
  options: WatchListOptions<W, Settings, YamlInput, Shown>,
) {
  const { noun, clock, log, rows, members, signal } = options
  const byId = new Map<string, W>()
  const running = createUnderWay()
  const loops = createUnderWay()
  const isSame = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()

  signal.addEventListener('abort', () => {
    for (const { stop } of byId.values()) stop.abort(signal.reason)
  })

  const isNameTaken = (name: string, exceptId?: string) =>
    [...byId.values(), ...rows.all().filter(({ settings }) => settings !== null)].some((one) => one.id !== exceptId && isSame(one.name, name))

  /** The entry, if an operator may change it and the new name is free. */
  const editable = (id: string, newName?: string): Result<W, WatchChangeError> => {
    const watched = byId.get(id)
    if (!watched) return err('NOT_FOUND')
    if (watched.origin === 'yaml') return err('READ_ONLY')
    return newName !== undefined && isNameTaken(newName, id) ? err('NAME_TAKEN') : ok(watched)
  }

  const unwatch = (watched: W): void => {
    watched.stop.abort()
    byId.delete(watched.id)
    members.delete(watched.id)
    options.unwatched(watched)
  }

  const newId = (name: string) => rows.insert({ name, settings: null, sealedSecret: null }, clock.now())

  /**
   * Watches the entries that the configuration file lists now, and stops watching those it no longer lists. They take precedence over stored ones of the
   * same name, which return when the file drops the name.
   */
  const applyYaml = (inputs: readonly YamlInput[]): YamlChange => {
    const rowByName = new Map(rows.all().map((row) => [row.name.toLowerCase(), row]))
    const change = { added: [] as string[], changed: [] as string[], removed: [] as string[] }
    const namedIds = new Set<string>()
    for (const input of inputs) {
      const row = rowByName.get(input.name.toLowerCase())
      const id = row?.id ?? newId(input.name)
      namedIds.add(id)
      const known = byId.get(id)
      if (known?.origin === 'yaml') {
        if (options.updateFromYaml(known, input)) change.changed.push(input.name)
        continue
      }
      const hidesStored = row !== undefined && row.settings !== null
      if (hidesStored) log.warn({ [noun]: input.name }, `a stored ${noun} has the same name as one of the configuration file; the file wins`)
      known?.stop.abort()
      options.watchYaml(id, input, hidesStored)
      change.added.push(input.name)
    }
    for (const watched of [...byId.values()]) {
      if (watched.origin !== 'yaml' || namedIds.has(watched.id)) continue
      unwatch(watched)
      change.removed.push(watched.name)
      const row = rows.all().find(({ id }) => id === watched.id)
      if (row?.settings) options.watchStored(row, row.settings)
    }
    return change
  }

  /** Stores many at once, whose names are free and different, and returns their ids in order. */
  const storeAll = (entries: readonly NewEntry<Settings>[]): readonly string[] => {
    // A name that once was in the configuration file only keeps its id, and with it its history.
    const idOf = new Map(rows.all().flatMap((row) => (row.settings === null ? [[row.name.toLowerCase(), row.id] as const] : [])))
    return entries.map(({ name, settings, seal }) => {
      const id = idOf.get(name.toLowerCase()) ?? newId(name)
      rows.update({ id, name, settings, sealedSecret: seal(id) })
      return id
    })
  }

  return {
    byId: byId as ReadonlyMap<string, W>,
    /** Called by `watchStored` and `watchYaml`; replaces the entry of the same id. */
    add: (watched: W): void => {
      byId.set(watched.id, watched)
      members.add(watched.id, () => options.shown(watched))
    },
    all: (): readonly W[] => [...byId.values()],
    isNameTaken,
    editable,
    /** Stores a new entry and returns its id. */
    store: (name: string, settings: Settings, seal: NewEntry<Settings>['seal']): string => storeAll([{ name, settings, seal }])[0] as string,
    storeAll,
    remove: (id: string): Result<W, WatchChangeError> => {
      const found = editable(id)
      if (!found.ok) return found
      rows.remove(id)
      unwatch(found.value)
      return found
    },
    applyYaml,
    /** Watches the entries of the configuration file and the stored ones. Called once, at start. */
    restore: (inputs: readonly YamlInput[]): void => {
      applyYaml(inputs)
      for (const row of rows.all()) if (row.settings !== null && !byId.has(row.id)) options.watchStored(row, row.settings)
    },
    /** A controller that stops one entry's polling; the list aborts it when it stops everything. */
    newStop: (): AbortController => {
      // Not `AbortSignal.any`: checking such a signal costs more than the work it guards.
      const stop = new AbortController()
      if (signal.aborted) stop.abort(signal.reason)
      return stop
    },
    /** Tracks a polling loop until it ends, for `ended`. */
    addLoop: (loop: Promise<unknown>, id: string): void => {
      loops.track(loop).catch((error: unknown) => log.error({ [`${noun}Id`]: id, err: error }, 'a polling loop ended by a bug of ours'))
    },
    track: running.track,
    /** Resolves when no tracked work is in progress. */
    settled: running.settled,
    /** Resolves when all loops have ended; they do after the signal is aborted. */
    ended: loops.settled,
  }
}
