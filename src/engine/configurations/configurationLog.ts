import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'
import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import {
  type ConfigurationLevels,
  configurationDifference,
  type PackedConfiguration,
  packConfiguration,
  packedConfigurationSchema,
  type SettingChange,
  settingChangeSchema,
  settingName,
  unpackConfiguration,
} from '../../shared/configurationLevels.ts'
import {
  type ConfigurationChanges,
  type ConfigurationDifference,
  type ConfigurationThen,
  mostDifferences,
  mostNamedSettings,
} from '../../shared/configurations.ts'
import { aboutServer, type NewEvent, newEvent } from '../../shared/events.ts'
import { isPathPattern } from '../../shared/pathSettings.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { storedJson } from '../storage/storedJson.ts'

interface ConfigurationLogDeps {
  readonly clock: Clock
  readonly log: Log
  readonly slices: Slices
  readonly db: Database
  readonly record: (events: readonly NewEvent[]) => void
  /** Name of a server now; null: it is not watched any more. */
  readonly nameOf: (serverId: string) => string | null
  readonly signal: AbortSignal
}

interface AskedChanges {
  readonly id: string
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly limit: number
}
interface DatedChange extends SettingChange {
  readonly at: number
}

/** A configuration that a server had: when it was first and last read, and when the one before it was last read (null: there is none). */
interface Row {
  readonly no: number
  readonly since: number
  readonly until: number
  readonly seen_before: number | null
  readonly packed: Uint8Array
  /** Number of settings that changed, and the first of them as JSON. */
  readonly changes: number
  readonly some: string
}
/** What is known of a server's newest stored configuration. */
interface Newest {
  readonly no: number
  readonly since: number
  readonly hash: string
  seenAt: number
  storedAt: number
}

/** How often it is stored that a configuration is still the same: a killed process loses so much of that. */
const seenEveryMs = 10 * 60_000
/** Maximum number of configurations stored per server, and of their compressed bytes; the newest is kept whatever its size. */
const mostKept = 200
const mostKeptBytes = 4 << 20
/** Maximum size of an unpacked configuration, far more than any that is packed. */
const mostBytes = 32 << 20
const latest = 8.64e15

const compress = promisify(brotliCompress)
const decompress = promisify(brotliDecompress)
const hashOf = (json: string): string => createHash('sha256').update(json).digest('hex')
const someSchema = z.array(settingChangeSchema).catch([])
const someOf = ({ some }: Pick<Row, 'some'>): SettingChange[] => someSchema.parse(storedJson(some))

/** Maximum number of removed, and of added, paths named in an event. */
const mostNamedPaths = 20
const pathName = ({ path }: SettingChange): string => path ?? ''
/** The paths that were removed and added, patterns first. */
function wholePaths(changes: readonly SettingChange[]): { readonly removed: readonly SettingChange[]; readonly added: readonly SettingChange[] } {
  const whole = changes
    .filter(({ level, setting }) => level === 'path' && setting === null)
    .toSorted((a, b) => Number(isPathPattern(pathName(b))) - Number(isPathPattern(pathName(a))))
  return { removed: whole.filter(({ after }) => after === null), added: whole.filter(({ before, after }) => before === null && after !== null) }
}

/** Goes through all steps in slices. */
export async function inSlices<T>(steps: Generator<undefined, T, undefined>, slice: Slice, signal: AbortSignal): Promise<T> {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (slice.isOver()) await slice.next(signal)
  }
}

/** Keeps each configuration that a server had, and since when, in main.db. The data is small, and a power failure may lose the newest entries. */
export class ConfigurationLog {
  readonly #deps: ConfigurationLogDeps
  readonly #sql: ReturnType<typeof statements>
  readonly #newest = new Map<string, Newest>()
  readonly #packed = new Map<string, PackedConfiguration>()
  /** Those that were read and are not looked at yet. Of each server only the newest: what came in between lasted less than a reading takes. */
  readonly #waiting = new Map<string, { readonly levels: ConfigurationLevels; readonly at: number }>()
  #working: Promise<void> | null = null

  constructor(deps: ConfigurationLogDeps) {
    this.#deps = deps
    this.#sql = statements(deps.db)
  }

  /** It was read now. Its secrets have been removed. */
  readonly read = (serverId: string, levels: ConfigurationLevels): void => {
    if (this.#deps.signal.aborted) return
    this.#waiting.set(serverId, { levels, at: Math.round(this.#deps.clock.now()) })
    this.#working ??= this.#work().finally(() => {
      this.#working = null
    })
  }

  /** The configuration as it was last read; null: it was not, in this launch. */
  newest(serverId: string): PackedConfiguration | null {
    return this.#packed.get(serverId) ?? null
  }

  changes({ id, since = 0, until = latest, limit }: AskedChanges): ConfigurationChanges {
    const rows = this.#sql.changed.all(id, since, until, limit + 1)
    return {
      since: this.#sql.oldest.get(id) ?? null,
      changes: rows.slice(0, limit).map((row) => ({ at: row.since, after: row.seen_before ?? row.since, count: row.changes, settings: someOf(row) })),
      more: rows.length > limit,
    }
  }

  /** null: none is kept of that time. */
  async at(id: string, moment: number): Promise<ConfigurationThen | null> {
    const found = await this.readAt(id, moment)
    if (found === null) return null
    const { row, configuration } = found
    const { global, pathDefaults, paths } = unpackConfiguration(configuration)
    const newest = this.#newest.get(id)
    const until = newest?.no === row.no ? Math.max(row.until, newest.seenAt) : row.until
    return { ...{ global, pathDefaults, paths: [...paths] }, since: row.since, until, pathsLeftOut: configuration.pathsLeftOut }
  }

  /** null: none is kept of one of both times. */
  async difference(id: string, from: number, to: number): Promise<ConfigurationDifference | null> {
    const [before, after] = [await this.readAt(id, from), await this.readAt(id, to)]
    if (before === null || after === null) return null
    const { slices, signal } = this.#deps
    const settings = await inSlices(configurationDifference(before.configuration, after.configuration), slices.begin(), signal)
    return { from: before.row.since, to: after.row.since, count: settings.length, settings: settings.slice(0, mostDifferences) }
  }

  /** Settings that changed in a period, oldest first, `most` at most: each with when it was first read so. */
  readonly changedSettings = async (
    id: string,
    { from, to }: { readonly from: number; readonly to: number },
    most: number,
  ): Promise<readonly DatedChange[]> => {
    const found: DatedChange[] = []
    for (const row of this.#sql.changed.all(id, from, to, most).toReversed()) {
      const some = someOf(row)
      if (row.seen_before === null || found.length >= most) continue
      const settings = some.length === row.changes ? some : ((await this.difference(id, row.seen_before, row.since))?.settings ?? [])
      for (const setting of settings) found.push({ ...setting, at: row.since })
    }
    return found.slice(0, most)
  }

  /** That which was last read at or before a time; null: none is kept, or it is damaged. */
  async readAt(id: string, moment: number): Promise<{ readonly row: Row; readonly configuration: PackedConfiguration } | null> {
    const row = this.#sql.at.get(id, moment)
    const configuration = row && packedConfigurationSchema.safeParse(storedJson(await textOf(row))).data
    return row && configuration ? { row, configuration } : null
  }

  forget(serverId: string): void {
    this.#newest.delete(serverId)
    this.#packed.delete(serverId)
    this.#waiting.delete(serverId)
    attemptWrite(() => void this.#sql.forget.run(serverId))
  }

  /** Once at a start: all other servers were removed while mtxdeck did not run. */
  forgetOthers(serverIds: ReadonlySet<string>): void {
    for (const id of this.#sql.servers.all()) if (!serverIds.has(id)) this.forget(id)
  }

  async settled(): Promise<void> {
    while (this.#working !== null) await this.#working
  }

  /** Stores when configurations were last read, too. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled()
    for (const newest of this.#newest.values()) if (newest.seenAt > newest.storedAt) this.#storeSeen(newest)
  }

  async #work(): Promise<void> {
    const { log, signal } = this.#deps
    for (let next = this.#waiting.entries().next(); !next.done; next = this.#waiting.entries().next()) {
      const [serverId, { levels, at }] = next.value
      this.#waiting.delete(serverId)
      try {
        await this.#keep(serverId, levels, at)
      } catch (error) {
        if (signal.aborted) return
        log.error({ error, serverId }, 'a configuration could not be kept')
      }
    }
  }

  async #keep(serverId: string, levels: ConfigurationLevels, at: number): Promise<void> {
    const { slices, db, record, nameOf, signal } = this.#deps
    const slice = slices.begin()
    const configuration = await inSlices(packConfiguration(levels), slice, signal)
    const json = JSON.stringify(configuration)
    const hash = hashOf(json)
    const before = await this.#newestOf(serverId)
    const name = nameOf(serverId)
    if (name === null) return
    this.#packed.set(serverId, configuration)
    if (before?.hash === hash) {
      before.seenAt = at
      if (at - before.storedAt >= seenEveryMs) this.#storeSeen(before)
      return
    }
    const old = before && (await this.readAt(serverId, before.since))
    const changes = old === null ? [] : await inSlices(configurationDifference(old.configuration, configuration), slice, signal)
    const packed = await compress(json, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(json) } })
    // It may have been removed meanwhile.
    if (nameOf(serverId) === null) return
    // Where the clock was set back, it is still newer than the one before.
    const since = Math.max(at, (before?.since ?? at - 1) + 1)
    const some = JSON.stringify(changes.slice(0, mostNamedSettings))
    let no = 0
    const write = db.transaction(() => {
      const { lastInsertRowid } = this.#sql.add.run(serverId, since, since, before?.seenAt ?? null, packed, changes.length, some)
      this.#sql.dropBeyond.run({ serverId, mostKept, mostKeptBytes })
      no = Number(lastInsertRowid)
    })
    // What the disk does not take now is tried again with the next reading, since it is not known as the newest.
    if (!attemptWrite(write)) return
    this.#newest.set(serverId, { no, since, hash, seenAt: since, storedAt: since })
    const { removed, added } = wholePaths(changes)
    const first = removed[0] ?? added[0] ?? changes[0]
    if (before === null || first === undefined) return
    const facts = {
      ...{ setting: settingName(first), before: first.before, after: first.after, settings: changes.length, seenBefore: before.seenAt },
      ...(removed.length > 0 && { removed: removed.slice(0, mostNamedPaths).map(pathName) }),
      ...(added.length > 0 && { added: added.slice(0, mostNamedPaths).map(pathName) }),
    }
    record([newEvent('serverConfigurationChanged', at, facts, aboutServer({ id: serverId, name }))])
  }

  async #newestOf(serverId: string): Promise<Newest | null> {
    const known = this.#newest.get(serverId)
    if (known !== undefined) return known
    const row = this.#sql.at.get(serverId, latest)
    if (row === undefined) return null
    const found = { no: row.no, since: row.since, hash: hashOf((await textOf(row)) ?? ''), seenAt: row.until, storedAt: row.until }
    this.#newest.set(serverId, found)
    return found
  }

  #storeSeen(newest: Newest): void {
    if (attemptWrite(() => void this.#sql.see.run(newest.seenAt, newest.no))) newest.storedAt = newest.seenAt
  }
}

/** null: damaged. */
async function textOf({ packed }: Row): Promise<string | null> {
  try {
    return (await decompress(packed, { maxOutputLength: mostBytes })).toString()
  } catch {
    return null
  }
}

function statements(db: Database) {
  return {
    changed: db.prepare<[string, number, number, number], Omit<Row, 'packed'>>(
      'SELECT no, since, until, seen_before, changes, some FROM configurations WHERE server_id = ? AND since >= ? AND since <= ? AND seen_before IS NOT NULL AND changes > 0 ORDER BY since DESC LIMIT ?',
    ),
    oldest: db.prepare<[string], number | null>('SELECT min(since) FROM configurations WHERE server_id = ?').pluck(),
    at: db.prepare<[string, number], Row>('SELECT * FROM configurations WHERE server_id = ? AND since <= ? ORDER BY since DESC LIMIT 1'),
    add: db.prepare('INSERT INTO configurations (server_id, since, until, seen_before, packed, changes, some) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    see: db.prepare('UPDATE configurations SET until = max(until, ?) WHERE no = ?'),
    forget: db.prepare('DELETE FROM configurations WHERE server_id = ?'),
    servers: db.prepare<[], string>('SELECT DISTINCT server_id FROM configurations').pluck(),
    dropBeyond: db.prepare(`
      DELETE FROM configurations WHERE server_id = @serverId AND no NOT IN (
        SELECT no FROM (
          SELECT no, row_number() OVER newest AS place, sum(length(packed)) OVER newest AS bytes
          FROM configurations WHERE server_id = @serverId WINDOW newest AS (ORDER BY since DESC)
        ) WHERE place = 1 OR (place <= @mostKept AND bytes <= @mostKeptBytes)
      )`),
  }
}
