import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { type BundleChoice, type BundleInput, type BundleScope, bundleChoiceOf } from '../../../shared/bundles.ts'
import type { ConsoleTrouble } from '../../../shared/consoleTroubles.ts'
import type { KeptEvent } from '../../../shared/events.ts'
import type { FileFault } from '../../../shared/fileFaults.ts'
import { err, ok, type Result } from '../../../shared/result.ts'
import { serverConfigurationSchema, serverIdSchema, serverSchema } from '../../../shared/servers.ts'
import { type Tier, tiers } from '../../../shared/tiers.ts'
import { askedMs } from '../../../shared/time.ts'
import { type AddressesToHide, type AddressHider, createAddressHider } from '../../hiddenAddresses.ts'
import { type Database, openDatabase } from '../../storage/openDatabase.ts'
import { damageOf, FaultyFile, faultOf } from '../../storage/storageTrouble.ts'
import { storedJson } from '../../storage/storedJson.ts'
import {
  type Archive,
  type ArchivedPicture,
  type ArchiveMeta,
  type ArchiveWriter,
  archiveName,
  copyPart,
  createArchive,
  createArchiveSource,
  createLiveSource,
  entryOf,
  isJpeg,
  isUnreadable,
  listedArchives,
  misnamedAs,
  openArchive,
  type PartSource,
  parseArchiveName,
  periodOf,
  periodSpan,
} from '../archive/archive.ts'
import { checkArchive } from '../check/check.ts'
import { historyFile } from '../live/live.ts'
import { type ArchiveEntry, dayMs, dayOf, dayStartOf, isOwnName, ownerKindOf } from '../protocol/protocol.ts'

/** A picture for a bundle. */
interface BundlePicture extends Omit<ArchivedPicture, 'subject' | 'jpeg'> {
  /** Of a server or a probe. */
  readonly ownerId: string
  readonly path: string
}
/** A picture in a file, whose bytes must be these. */
export interface PictureFile extends BundlePicture {
  readonly file: string
  readonly bytes: number
  readonly crc: number
}

export interface BundleOrder extends BundleScope, Pick<BundleInput, 'note'> {
  /** Path of the file to write; it must not exist yet. */
  readonly file: string
  /** Additional entries of the caller, by name. They must not contain secrets. */
  readonly more: Readonly<Record<string, string>>
  /** Those that are not there any more are left out. */
  readonly pictures: readonly PictureFile[]
  /** Addresses and users of publishers and readers are replaced, here in facts and events; null: they stay. */
  readonly hide: AddressesToHide | null
}

interface WriteBundleOptions {
  /** history.db, read-only. Data for the bundle must be sealed already. */
  readonly history: Database
  readonly folder: string
  readonly order: BundleOrder
  readonly now: number
  readonly madeBy: string
  readonly turn: () => Promise<void>
  readonly onDamage: (words: string) => void
}

/** Writes a part of the past into one file, complete or not at all. false: nothing is kept of that time. */
export async function writeBundle(options: WriteBundleOptions): Promise<boolean> {
  const { history, folder, order, now, madeBy, turn, onDamage } = options
  const { from, to, file } = order
  const archives = listedArchives(history)
  // If a day's archives are listed, read it from them: its data in history.db is about to be dropped.
  const archived = new Set(archives.flatMap(({ name, tier }) => (tier === 'minutes' ? [parseArchiveName(name)?.period] : [])))
  const opened: Archive[] = []
  const sources: PartSource[] = [createLiveSource(history, (_, begin) => !archived.has(periodOf('minutes', begin)), onDamage)]
  const part = `${file}.part`
  rmSync(part, { force: true })
  const meta: ArchiveMeta = { kind: 'bundle', period: '', from, to, madeBy, madeAt: now, more: { ...order.more, note: order.note } }
  let into: ReturnType<typeof createArchive> | null = null
  try {
    for (const entry of archives) {
      if (entry.to < from || entry.from > to) continue
      const archive = openArchive(join(folder, entry.name))
      if (!archive.ok) {
        onDamage(archive.error.words)
        continue
      }
      opened.push(archive.value)
      sources.push(createArchiveSource(archive.value))
    }
    const choice = bundleChoiceOf(order)
    into = createArchive(part, meta)
    const copied = await copyPart({
      sources,
      from,
      to,
      // Hosts belong to the console that watches them; a console that opens the bundle shows none.
      wants: (owner, path) => isChosen(choice, owner, path),
      tiers,
      facts: { from, to },
      events: { from, to },
      into: order.hide === null ? into : hiding(into, createAddressHider(order.hide)),
      turn,
      onDamage,
    })
    if (copied.span === null) {
      into.abandon()
      return false
    }
    await copyPictures(order.pictures, into, turn)
    // The requested span, as far as there is data.
    const { span } = copied
    const more = { ...meta.more, from: String(Math.max(from, span.from)), to: String(Math.max(from, Math.min(to, span.to))) }
    into.putMeta({ ...meta, ...span, more })
    into.finish()
    renameSync(part, file)
    return true
  } catch (error) {
    into?.abandon()
    throw error
  } finally {
    for (const archive of opened) archive.close()
  }
}

/** What is written into the archive is changed before, so that no address stands anywhere in the file. */
function hiding(into: ArchiveWriter, hider: AddressHider): ArchiveWriter {
  return {
    ...into,
    putFact: (subject, at, json) => into.putFact(subject, at, json === null ? null : JSON.stringify(hider.value(JSON.parse(json)))),
    putEvent: (event) => into.putEvent({ ...event, text: hider.text(event.text), facts: hider.value(event.facts) }),
  }
}

/** Path '' is the server or probe itself. */
function isChosen(choice: BundleChoice, owner: string, path: string): boolean {
  const kind = ownerKindOf(owner)
  if (kind === 'server') return isOwnName(path) ? choice.hasOwn(owner) : choice.hasStream(owner, path)
  return kind === 'probe' && choice.hasProbe(owner)
}

async function copyPictures(pictures: readonly PictureFile[], into: ArchiveWriter, turn: () => Promise<void>): Promise<void> {
  for (const { ownerId, path, file, bytes, crc, ...picture } of pictures) {
    const jpeg = await readFile(file).catch(() => null)
    // Deleted by a limit meanwhile, or not what was written.
    if (jpeg === null || jpeg.length !== bytes || crc32(jpeg) !== crc || !isJpeg(jpeg)) continue
    into.putPicture({ ...picture, subject: into.subject(ownerId, path), jpeg })
    await turn()
  }
}

const moreSchema = z.object({
  note: z.string().max(2000),
  /** The requested span, epoch ms. */
  from: askedMs.pipe(z.number().min(0)),
  to: askedMs.pipe(z.number().min(0)),
  /** The servers as shown when the bundle was made. Earlier versions had cautions of other forms, which are left out. */
  servers: z.array(serverSchema.extend({ cautions: serverSchema.shape.cautions.catch([]) })).max(10_000),
  configurations: z.record(serverIdSchema, serverConfigurationSchema),
  /** These as text, not read yet. */
  alarms: z.string().optional(),
  probes: z.string().optional(),
  /** Left out where they were not wanted. */
  sessions: z.string().optional(),
})
export interface BundleContent extends Readonly<z.infer<typeof moreSchema>> {
  readonly madeAt: number
  readonly madeBy: string
  readonly events: readonly KeptEvent[]
}

interface UnpackOptions {
  readonly dataDir: string
  readonly turn: () => Promise<void>
  readonly keepPicture: (picture: BundlePicture & { readonly jpeg: Uint8Array }) => Promise<void>
}

/**
 * Imports a bundle into a data folder of its own. The file is not trusted: it is read and checked completely first, and its data is
 * then rewritten, so that the foreign database is never opened afterwards.
 */
export async function unpackBundle(file: string, { dataDir, turn, keepPicture }: UnpackOptions): Promise<Result<BundleContent, ConsoleTrouble>> {
  const refused = (because: FileFault) => err<ConsoleTrouble>({ kind: 'bundleRefused', file, because })
  // A folder has its own words, and a pipe would be waited for without end.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) return refused({ kind: 'notOurs' })
  const [finding] = (await checkArchive(file, turn)).findings
  if (finding) return refused(finding)
  const opened = openArchive(file)
  if (!opened.ok) return refused(opened.error.fault)
  const archive = opened.value
  try {
    const meta = archive.meta()
    if (meta.kind !== 'bundle') return refused(misnamedAs(meta.kind, meta.period))
    const { servers = '[]', configurations = '{}' } = meta.more
    const more = moreSchema.safeParse({ ...meta.more, servers: storedJson(servers), configurations: storedJson(configurations) })
    if (!more.success) return refused(damageOf('what stands beside the past'))
    const source = createArchiveSource(archive)
    const folder = join(dataDir, 'history')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const made = await unpackPeriods(source, archive.subjects().length, meta, folder, turn)
    const listed = openDatabase(join(dataDir, 'history.db'), historyFile)
    if (!listed.ok) return err(listed.error.trouble)
    try {
      listUnpacked(listed.value, source.owners(), made)
    } finally {
      listed.value.close()
    }
    await unpackPictures(archive, keepPicture, turn)
    const events: KeptEvent[] = []
    source.events(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, ({ id: _, ...event }) => events.push(event))
    return ok({ ...more.data, madeAt: meta.madeAt, madeBy: meta.madeBy, events })
  } catch (error) {
    // Damage that the check missed may still show up here.
    if (!isUnreadable(error) && !(error instanceof FaultyFile)) throw error
    return refused(faultOf(error))
  } finally {
    archive.close()
  }
}

/** Pictures read at once, some hundred kilobytes. */
const picturesAtOnce = 16
async function unpackPictures(archive: Archive, keep: UnpackOptions['keepPicture'], turn: () => Promise<void>): Promise<void> {
  const subjects = new Map(archive.subjects().map((row) => [row.no, row]))
  for (let after = 0; ; ) {
    const rows = archive.pictures(after, picturesAtOnce)
    for (const { id, picture } of rows) {
      const { subject, ...facts } = picture
      const of = subjects.get(subject)
      if (of !== undefined) await keep({ ...facts, ownerId: of.server, path: of.path })
      after = id
    }
    await turn()
    if (rows.length < picturesAtOnce) return
  }
}

/** A bundle that claims to span more than ten years is not one of ours. */
const mostDays = 3660
/**
 * What is known of each stream is written for every day: 100,000 streams of a quarter, or 2,700 of ten years. Without a limit a megabyte of names could
 * fill the disk.
 */
const mostDaysOfSubjects = 10_000_000

/** Writes the bundle's data as files of days, months and years, like a regular history's. */
async function unpackPeriods(source: PartSource, subjects: number, meta: ArchiveMeta, folder: string, turn: () => Promise<void>): Promise<ArchiveEntry[]> {
  const made: ArchiveEntry[] = []
  const { from, to, madeBy, madeAt } = meta
  const days = dayOf(to) - dayOf(from) + 1
  if (days > mostDays || days * subjects > mostDaysOfSubjects) throw new FaultyFile({ kind: 'tooLarge' })
  const write = async (tier: Tier, period: string): Promise<void> => {
    const span = periodSpan(period)
    if (!span) throw new Error(`${period} is no period`)
    const file = join(folder, archiveName({ tier, period, part: 1 }))
    const into = createArchive(file, { kind: tier, period, from: span.from, to: span.to, madeBy, madeAt, more: {} })
    // A seal belongs to the day on which it began, and may reach into the next one.
    const ofPeriod: PartSource = {
      ...source,
      seals: (owner, since, until) => source.seals(owner, since, until).filter((seal) => seal.from >= span.from && seal.from < span.to),
    }
    const copied = await copyPart({
      sources: [ofPeriod],
      from: span.from,
      to: span.to,
      wants: () => true,
      tiers: [tier],
      facts: tier === 'minutes' ? span : null,
      events: null,
      into,
      turn,
      onDamage: () => {
        throw new FaultyFile(damageOf('it cannot be decoded'))
      },
    })
    if (copied.span === null && !copied.hasAny) {
      into.abandon()
      return
    }
    const first = Math.max(span.from, copied.span?.from ?? span.from)
    const last = Math.max(first, copied.span?.to ?? span.to)
    into.putMeta({ kind: tier, period, from: first, to: last, madeBy, madeAt, more: {} })
    into.finish()
    made.push(entryOf(file, tier, first, last, null))
  }
  const periods = new Map<Tier, Set<string>>(tiers.map((tier) => [tier, new Set()]))
  for (let day = dayStartOf(from); day <= to; day += dayMs) for (const tier of tiers) periods.get(tier)?.add(periodOf(tier, day))
  for (const [tier, of] of periods) for (const period of of) await write(tier, period)
  return made
}

function listUnpacked(history: Database, owners: readonly string[], made: readonly ArchiveEntry[]): void {
  const list = history.prepare<[ArchiveEntry]>(
    'INSERT INTO archives(name, tier, from_at, to_at, bytes, sha256) VALUES (@name, @tier, @from, @to, @bytes, @sha256)',
  )
  const addOwner = history.prepare<[number, string]>('INSERT INTO servers(no, id, sealed_round) VALUES (?, ?, -1)')
  history.transaction(() => {
    for (const [index, id] of owners.entries()) addOwner.run(index + 1, id)
    for (const entry of made) list.run(entry)
  })()
}
