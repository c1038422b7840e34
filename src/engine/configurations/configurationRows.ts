import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, brotliDecompressSync, constants } from 'node:zlib'
import { z } from 'zod'
import { type PackedConfiguration, packedConfigurationSchema, type SettingChange, settingChangeSchema } from '../../shared/configurationLevels.ts'
import type { Database } from '../storage/openDatabase.ts'
import { storedJson } from '../storage/storedJson.ts'
import { unsynced } from '../storage/unsynced.ts'

const compress = promisify(brotliCompress)
const decompress = promisify(brotliDecompress)
/** Maximum size of an unpacked configuration, far more than any that is packed. */
const mostBytes = 32 << 20

/** A stored configuration. */
interface ConfigurationText {
  readonly hash: Uint8Array
  readonly packed: Uint8Array
}
export function hashOf(json: string): Uint8Array {
  return createHash('sha256').update(json).digest()
}
/** Compresses a configuration's JSON, outside the engine's thread. */
export function packText(json: string): Promise<Uint8Array> {
  return compress(json, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(json) } })
}

/** A period in which a server had the same configuration. */
export interface ConfigurationSpan {
  readonly no: number
  /** When it was first and last read. */
  readonly since: number
  readonly until: number
  /** When the previous one was last read; null: this is the first one stored. */
  readonly seenBefore: number | null
  readonly textNo: number
  /** Number of settings that changed, and the first of them. */
  readonly changes: number
  readonly some: readonly SettingChange[]
}
interface SpanRow {
  readonly no: number
  readonly since: number
  readonly until: number
  readonly seen_before: number | null
  readonly text_no: number
  readonly changes: number
  readonly some: string
}
const someSchema = z.array(settingChangeSchema).catch([])
const spanOf = ({ no, since, until, seen_before, text_no, changes, some }: SpanRow): ConfigurationSpan => ({
  ...{ no, since, until, changes },
  seenBefore: seen_before,
  textNo: text_no,
  some: someSchema.parse(storedJson(some)),
})

/** Maximum number of spans stored per server, and maximum age, ms. */
export const mostSpans = 1_000
export const longestKeptMs = 400 * 86_400_000
/** Maximum total size of all texts, bytes. */
const mostTextBytes = 32 << 20

/** Tables of stored configurations in main.db. The data is small, and a power failure may lose the newest entries. */
export function createConfigurationRows(db: Database) {
  const newest = db.prepare<[string], SpanRow>('SELECT * FROM configuration_spans WHERE server_id = ? ORDER BY since DESC, no DESC LIMIT 1')
  const changed = db.prepare<[string, number, number, number], SpanRow>(
    'SELECT * FROM configuration_spans WHERE server_id = ? AND since >= ? AND since <= ? AND seen_before IS NOT NULL AND changes > 0 ORDER BY since DESC, no DESC LIMIT ?',
  )
  const oldest = db.prepare<[string], number | null>('SELECT min(since) FROM configuration_spans WHERE server_id = ?').pluck()
  const at = db.prepare<[string, number], SpanRow>('SELECT * FROM configuration_spans WHERE server_id = ? AND since <= ? ORDER BY since DESC, no DESC LIMIT 1')
  const text = db.prepare<[number], { hash: Uint8Array; packed: Uint8Array }>('SELECT hash, packed FROM configuration_texts WHERE no = ?')
  const textNo = db.prepare<[Uint8Array], number>('SELECT no FROM configuration_texts WHERE hash = ?').pluck()
  const addText = db.prepare<[Uint8Array, Uint8Array]>('INSERT INTO configuration_texts (hash, packed) VALUES (?, ?)')
  const addSpan = db.prepare<[string, number, number, number | null, number, number, string]>(
    'INSERT INTO configuration_spans (server_id, since, until, seen_before, text_no, changes, some) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const see = db.prepare<[number, number]>('UPDATE configuration_spans SET until = max(until, ?) WHERE no = ?')
  const forget = db.prepare<[string]>('DELETE FROM configuration_spans WHERE server_id = ?')
  const servers = db.prepare<[], string>('SELECT DISTINCT server_id FROM configuration_spans').pluck()
  const dropTexts = db.prepare<[]>('DELETE FROM configuration_texts WHERE no NOT IN (SELECT text_no FROM configuration_spans)')
  // The newest span of each server is kept, however old it is.
  const dropOld = db.prepare<[number]>(
    'DELETE FROM configuration_spans WHERE until < ? AND no NOT IN (SELECT no FROM (SELECT no, max(since) FROM configuration_spans GROUP BY server_id))',
  )
  const dropBeyond = db.prepare<[string, string, number]>(
    'DELETE FROM configuration_spans WHERE server_id = ? AND no NOT IN (SELECT no FROM configuration_spans WHERE server_id = ? ORDER BY since DESC, no DESC LIMIT ?)',
  )
  const bytes = db.prepare<[], number>('SELECT coalesce(sum(length(packed)), 0) FROM configuration_texts').pluck()
  const dropOldest = db.prepare<[]>(
    `DELETE FROM configuration_spans WHERE no IN (SELECT no FROM configuration_spans
      WHERE no NOT IN (SELECT no FROM (SELECT no, max(since) FROM configuration_spans GROUP BY server_id)) ORDER BY until LIMIT 50)`,
  )
  const inOne = (write: () => void): void => unsynced(db, db.transaction(write))

  return {
    newest: (serverId: string): ConfigurationSpan | null => {
      const row = newest.get(serverId)
      return row === undefined ? null : spanOf(row)
    },
    /** Spans that replaced another one, newest first. */
    changed: (serverId: string, from: number, to: number, most: number): readonly ConfigurationSpan[] => changed.all(serverId, from, to, most).map(spanOf),
    keptFrom: (serverId: string): number | null => oldest.get(serverId) ?? null,
    /** The newest span read at or before that time. */
    at: (serverId: string, moment: number): ConfigurationSpan | null => {
      const row = at.get(serverId, moment)
      return row === undefined ? null : spanOf(row)
    },
    hash: (textNo: number): Uint8Array | null => text.get(textNo)?.hash ?? null,
    /** null: damaged. */
    read: async (textNo: number): Promise<PackedConfiguration | null> => readText(text.get(textNo) ?? null),
    add: (serverId: string, { hash, packed }: ConfigurationText, span: Omit<ConfigurationSpan, 'no' | 'textNo'>): void =>
      inOne(() => {
        const no = textNo.get(hash) ?? Number(addText.run(hash, packed).lastInsertRowid)
        addSpan.run(serverId, span.since, span.until, span.seenBefore, no, span.changes, JSON.stringify(span.some))
        dropBeyond.run(serverId, serverId, mostSpans)
        dropOld.run(span.since - longestKeptMs)
        dropTexts.run()
        for (let turns = 0; turns < 100 && (bytes.get() ?? 0) > mostTextBytes && dropOldest.run().changes > 0; turns++) dropTexts.run()
      }),
    /** A span was read again. */
    see: (no: number, until: number): void => inOne(() => void see.run(until, no)),
    forget: (serverId: string): void =>
      inOne(() => {
        if (forget.run(serverId).changes > 0) dropTexts.run()
      }),
    servers: (): readonly string[] => servers.all(),
  }
}

const limits = { maxOutputLength: mostBytes }
/** null: damaged (hash mismatch). */
function configurationIn({ hash }: ConfigurationText, unpacked: Buffer): PackedConfiguration | null {
  const json = unpacked.toString()
  return Buffer.from(hashOf(json)).equals(hash) ? (packedConfigurationSchema.safeParse(storedJson(json)).data ?? null) : null
}

async function readText(row: ConfigurationText | null): Promise<PackedConfiguration | null> {
  if (row === null) return null
  try {
    return configurationIn(row, await decompress(row.packed, limits))
  } catch {
    return null
  }
}

/** Number of stored configurations that can't be read. Takes time proportional to their number: for `mtxdeck check`. */
export function unreadableConfigurations(db: Database): number {
  let wrong = 0
  for (const row of db.prepare<[], ConfigurationText>('SELECT hash, packed FROM configuration_texts').iterate()) {
    try {
      if (configurationIn(row, brotliDecompressSync(row.packed, limits)) === null) wrong++
    } catch {
      wrong++
    }
  }
  return wrong
}
