import { z } from 'zod'
import type { Slice } from '../../clock/slices.ts'
import { type Alarm, alarmChangeSchema, alarmSchema } from '../../shared/alarms.ts'
import { type BundleChoice, type BundleScope, bundleChoiceOf } from '../../shared/bundles.ts'
import { knownEntries } from '../../shared/knownEntries.ts'
import { epochMs } from '../../shared/time.ts'
import type { AddressHider } from '../hiddenAddresses.ts'
import { withSeenCameras } from '../seenCameras.ts'
import { storedJson } from '../storage/storedJson.ts'
import type { AlarmRecord, ChangedAlarm } from './alarmLife.ts'
import { type AlarmRows, storedAlarmSchema } from './alarmRows.ts'
import type { SeesCamera } from './alarmSearch.ts'
import { alarmThen, mostChanges } from './alarmThen.ts'
import type { Surroundings } from './joinIncidents.ts'

/** The alarms of a bundle with their changes, and since when they are complete. */
export interface BundledAlarms {
  readonly since: number
  readonly alarms: readonly ChangedAlarm[]
}

/** Maximum number of alarms in a bundle, newest first, and of their characters. */
const mostBundled = 10_000
const mostLetters = 30_000_000
/** Maximum number of alarms read for a bundle: takes about 5 s. */
const mostLookedThrough = 100_000
/** Maximum length accepted when reading; bundles written by mtxdeck are smaller. */
const mostRead = 2 * mostLetters

/** Whether an alarm is within the bundle's scope: those of hosts come with the servers on them, those of the console with the whole fleet. */
function isWanted({ subject, kind }: Pick<Alarm, 'subject' | 'kind'>, choice: BundleChoice, hosts: ReadonlySet<string>): boolean {
  if ('probeId' in subject) return choice.hasProbe(subject.probeId)
  if (subject.kind === 'console') return choice.isWholeFleet
  if ('hostId' in subject) return choice.isWholeFleet || hosts.has(subject.hostId)
  // An event of the whole server may name other streams of it.
  return subject.kind === 'stream'
    ? choice.hasStream(subject.serverId, subject.path)
    : choice.hasServer(subject.serverId) || (choice.hasOwn(subject.serverId) && kind !== 'happened')
}

/** What of an alarm and its changes names cameras. */
const namingSchema = z.object({ alarm: alarmSchema })

interface StoredAlarms extends Pick<AlarmRows, 'within' | 'keptSince'>, Pick<Surroundings, 'machines'> {
  /** An open alarm as it is now: its reason may be newer than the stored one. */
  readonly open: (id: string) => AlarmRecord | undefined
}

/** The alarms of a period, as of its end, serialized for a bundle. `hider` replaces publisher addresses; null: they are kept. Cameras are named to whoever `sees` them. Works in slices. */
export async function bundledText(
  { machines, open, ...rows }: StoredAlarms,
  scope: BundleScope,
  hider: AddressHider | null,
  sees: SeesCamera | null,
  slice: Slice,
  signal: AbortSignal,
): Promise<string> {
  const { from, to } = scope
  const choice = bundleChoiceOf(scope)
  const hosts = new Set(Array.from(machines()).flatMap(([hostId, serverId]) => (choice.hasOwn(serverId) ? [hostId] : [])))
  const texts: string[] = []
  let letters = 0
  let read = 0
  let leftOut = from
  for await (const { closedAt, ...latest } of rows.within({ from, to }, slice, signal)) {
    const isFull = texts.length >= mostBundled || letters > mostLetters || ++read > mostLookedThrough
    // The alarms are incomplete before the end of the first one left out; all further ones ended earlier.
    if (isFull) {
      leftOut = Math.min(closedAt ?? to, to)
      break
    }
    if (!isWanted(latest.alarm, choice, hosts)) continue
    const alarm = closedAt !== null && closedAt <= to ? latest.alarm : alarmThen(open(latest.alarm.id) ?? latest.alarm, latest.changes, to)
    if (alarm === null) continue
    const one = withSeenCameras(namingSchema, { alarm, changes: latest.changes.filter((change) => change.at <= to) }, sees)
    const text = JSON.stringify(hider === null ? one : hider.value(one))
    letters += text.length
    texts.push(text)
  }
  const since = Math.max(from, leftOut, Math.min(rows.keptSince(), to))
  return `{"since":${since},"alarms":[${texts.join(',')}]}`
}

const bundledSchema = z.object({ since: epochMs.min(0), alarms: z.array(z.unknown()).max(mostBundled) })
const oneSchema = z.object({
  // Text written by an operator of another console, rendered as a link here.
  alarm: storedAlarmSchema.refine(({ runbookUrl = 'https://none' }) => /^https?:\/\//i.test(runbookUrl)),
  /** Those of kinds that other versions have are left out. */
  changes: z
    .array(z.unknown())
    .min(1)
    .max(mostChanges)
    .transform((all) => knownEntries(alarmChangeSchema, all)),
})

/** Reads the alarms of a bundle, which is not trusted; null: none, as in earlier versions, or unreadable. Alarms of unknown kinds are left out. */
export function readBundledAlarms(text: string | undefined): BundledAlarms | null {
  if (text === undefined || text.length > mostRead) return null
  const read = bundledSchema.safeParse(storedJson(text))
  if (!read.success) return null
  return { since: read.data.since, alarms: knownEntries(oneSchema, read.data.alarms) }
}
