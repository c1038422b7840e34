import type { Clock } from '../../clock/clock.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import {
  type ConfigurationLevels,
  configurationDifference,
  type PackedConfiguration,
  packConfiguration,
  type SettingChange,
  settingName,
} from '../../shared/configurationLevels.ts'
import { mostNamedSettings } from '../../shared/configurations.ts'
import { aboutServer, type NewEvent, newEvent } from '../../shared/events.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { type ConfigurationSpan, createConfigurationRows, hashOf, packText } from './configurationRows.ts'

interface ConfigurationLogDeps {
  readonly clock: Clock
  readonly log: Log
  readonly slices: Slices
  /** main.db. */
  readonly db: Database
  readonly record: (events: readonly NewEvent[]) => void
  /** Name of a server now; null: it is not watched any more. */
  readonly nameOf: (serverId: string) => string | null
  readonly signal: AbortSignal
}

export type ConfigurationLog = ReturnType<typeof createConfigurationLog>

/** How often it is stored that a configuration is still the same: a killed process loses so much of that. */
const seenEveryMs = 10 * 60_000

/** Goes through all steps in slices. */
export async function inSlices<T>(steps: Generator<undefined, T, undefined>, slice: Slice, signal: AbortSignal): Promise<T> {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (slice.isOver()) await slice.next(signal)
  }
}

interface Read {
  readonly levels: ConfigurationLevels
  readonly at: number
}
/** What is known of a server's newest stored configuration. */
interface Newest {
  readonly span: ConfigurationSpan
  readonly hash: string
  seenAt: number
  storedAt: number
}
const hexOf = (hash: Uint8Array | null): string => Buffer.from(hash ?? []).toString('hex')

/** Keeps each configuration that a server had, and since when. */
export function createConfigurationLog({ clock, log, slices, db, record, nameOf, signal }: ConfigurationLogDeps) {
  const rows = createConfigurationRows(db)
  const newest = new Map<string, Newest>()
  const packed = new Map<string, PackedConfiguration>()
  /** Those that were read and are not looked at yet. Of each server only the newest: what came in between lasted less than a reading takes. */
  const waiting = new Map<string, Read>()
  let working: Promise<void> | null = null

  const newestOf = (serverId: string): Newest | null => {
    const known = newest.get(serverId)
    if (known !== undefined) return known
    const span = rows.newest(serverId)
    if (span === null) return null
    const found = { span, hash: hexOf(rows.hash(span.textNo)), seenAt: span.until, storedAt: span.until }
    newest.set(serverId, found)
    return found
  }
  const changesSince = async (before: ConfigurationSpan, now: PackedConfiguration, slice: Slice): Promise<readonly SettingChange[]> => {
    const old = await rows.read(before.textNo)
    return old === null ? [] : inSlices(configurationDifference(old, now), slice, signal)
  }
  const keep = async (serverId: string, { levels, at }: Read): Promise<void> => {
    const slice = slices.begin()
    const configuration = await inSlices(packConfiguration(levels), slice, signal)
    const json = JSON.stringify(configuration)
    const hash = hashOf(json)
    const before = newestOf(serverId)
    const name = nameOf(serverId)
    if (name === null) return
    packed.set(serverId, configuration)
    if (before?.hash === hexOf(hash)) {
      before.seenAt = at
      if (at - before.storedAt >= seenEveryMs && attemptWrite(() => rows.see(before.span.no, at))) before.storedAt = at
      return
    }
    const changes = before === null ? [] : await changesSince(before.span, configuration, slice)
    const text = { hash, packed: await packText(json) }
    // It may have been removed meanwhile.
    if (nameOf(serverId) === null) return
    // Where the clock was set back, it is still newer than the one before.
    const since = Math.max(at, (before?.span.since ?? at - 1) + 1)
    const span = { since, until: since, seenBefore: before?.seenAt ?? null, changes: changes.length, some: changes.slice(0, mostNamedSettings) }
    // What the disk does not take now is tried again with the next reading, since it is not known as the newest.
    if (!attemptWrite(() => rows.add(serverId, text, span))) return
    newest.delete(serverId)
    const [first] = changes
    if (before === null || first === undefined) return
    record([
      newEvent(
        'serverConfigurationChanged',
        at,
        { setting: settingName(first), before: first.before, after: first.after, settings: changes.length, seenBefore: before.seenAt },
        aboutServer({ id: serverId, name }),
      ),
    ])
  }
  const work = async (): Promise<void> => {
    for (let next = waiting.entries().next(); !next.done; next = waiting.entries().next()) {
      const [serverId, read] = next.value
      waiting.delete(serverId)
      try {
        await keep(serverId, read)
      } catch (error) {
        if (signal.aborted) return
        log.error({ error, serverId }, 'a configuration could not be kept')
      }
    }
  }
  const forget = (serverId: string): void => {
    newest.delete(serverId)
    packed.delete(serverId)
    waiting.delete(serverId)
    attemptWrite(() => rows.forget(serverId))
  }
  const settled = async (): Promise<void> => {
    while (working !== null) await working
  }

  return {
    rows,
    /** It was read now. Its secrets have been removed. */
    read: (serverId: string, levels: ConfigurationLevels): void => {
      if (signal.aborted) return
      waiting.set(serverId, { levels, at: Math.round(clock.now()) })
      working ??= work().finally(() => {
        working = null
      })
    },
    /** The configuration as it was last read; null: it was not, in this launch. */
    newest: (serverId: string): PackedConfiguration | null => packed.get(serverId) ?? null,
    /** When the present one was last read, beyond what is stored; null: not in this launch. */
    seenAt: (serverId: string): number | null => newest.get(serverId)?.seenAt ?? null,
    forget,
    /** Once at a start: all other servers were removed while mtxdeck did not run. */
    forgetOthers: (serverIds: ReadonlySet<string>): void => {
      for (const id of rows.servers()) if (!serverIds.has(id)) forget(id)
    },
    settled,
    /** Stores when configurations were last read, too. */
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await settled()
      for (const { span, seenAt, storedAt } of newest.values()) if (seenAt > storedAt) attemptWrite(() => rows.see(span.no, seenAt))
    },
  }
}
