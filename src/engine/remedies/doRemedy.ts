import { type Clock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import type { Kick } from '../../shared/acts.ts'
import { goDurationMs } from '../../shared/goDuration.ts'
import type { Remedy, RemedyOutcome, RemedyWhy } from '../../shared/remedyInput.ts'
import type { Result } from '../../shared/result.ts'
import type { KickResult } from '../../shared/sessions.ts'
import { type AlarmSubject, ownerIdOf, partOf } from '../../shared/subjectNames.ts'
import type { PathEditRefusal, PathEdits } from '../configurations/pathEdits.ts'
import type { CommandEnd, RunForced } from '../hosts/forcedCommand.ts'
import type { SshRoute } from '../hosts/sshConnection.ts'
import type { SessionName } from '../sessions/sessions.ts'

interface RemedyEndpoints {
  readonly clock: Clock
  /** Current publishers of a stream. */
  readonly publishersOf: (serverId: string, path: string) => readonly { readonly id: string }[]
  readonly kick: (sessions: readonly SessionName[], kick: Kick) => Promise<readonly KickResult[]>
  readonly paths: Pick<PathEdits, 'read' | 'preview' | 'apply'>
  /** SSH route to this host, or to the host of this server; null: there is no host. */
  readonly routeWithKey: (ownerId: string, keyFile: string) => SshRoute | null
  readonly runForced: RunForced
  readonly signal: AbortSignal
}

export interface ActingRule {
  readonly rule: string
  readonly subject: AlarmSubject
}

export interface Done {
  readonly outcome: Exclude<RemedyOutcome, 'begun'>
  readonly why: RemedyWhy | null
}

const commandLimitMs = 30_000
const failed = (why: RemedyWhy): Done => ({ outcome: 'failed', why })
/** Who acts, and why, as recorded in events and the audit of acts. */
const actorOf = ({ rule }: ActingRule): Kick => ({ by: rule, reason: { kind: 'remedy', rule } })

/** Performs the act of a remedy once. Rejects only with the signal's reason. */
export async function doRemedy(endpoints: RemedyEndpoints, remedy: Remedy, acting: ActingRule): Promise<Done> {
  if (remedy.act === 'runCommand') return runCommand(endpoints, remedy.keyFile, acting)
  const { subject } = acting
  if (subject.kind !== 'stream') return failed({ kind: 'internal' })
  if (remedy.act === 'kickPublisher') return kickPublisher(endpoints, subject, acting)
  return restartPath(endpoints, subject, acting, remedy.act === 'restartSource')
}

type Stream = Extract<AlarmSubject, { kind: 'stream' }>

async function kickPublisher({ publishersOf, kick }: RemedyEndpoints, { serverId, path }: Stream, acting: ActingRule): Promise<Done> {
  const publishers = publishersOf(serverId, path)
  if (publishers.length === 0) return failed({ kind: 'noPublisher' })
  const results = await kick(
    publishers.map(({ id }) => ({ serverId, id })),
    actorOf(acting),
  )
  const bad = results.find(({ outcome }) => outcome !== 'kicked' && outcome !== 'gone')
  if (bad !== undefined)
    return failed(bad.outcome === 'own' ? { kind: 'ownPublisher' } : bad.error === null ? { kind: 'notAsked' } : { kind: 'server', error: bad.error })
  return results.some(({ outcome }) => outcome === 'kicked') ? { outcome: 'done', why: null } : failed({ kind: 'noPublisher' })
}

/**
 * A MediaMTX setting that matters only while an on-demand source starts. The server closes and reopens a path when a setting changes that it can't update at
 * runtime (`pathConfCanBeUpdated` in internal/core/path_manager.go, v1.9.3 to v1.20.1), so changing this one by a millisecond restarts the path and does
 * nothing else. If the act fails half way, the leftover value is harmless.
 */
const harmlessSetting = 'sourceOnDemandStartTimeout'
const defaultTimeoutMs = 10_000

/** A value that differs by 1 ms; applied twice, it returns to the original. */
function otherTimeout(value: unknown): string {
  const ms = Math.round(goDurationMs(value) ?? defaultTimeoutMs)
  return `${ms % 10 === 1 ? ms - 1 : ms + 1}ms`
}

async function restartPath({ paths }: RemedyEndpoints, { serverId, path }: Stream, acting: ActingRule, isPulled: boolean): Promise<Done> {
  const current = await paths.read(serverId, path)
  if (!current.ok) return refusedBecause(current.error)
  if (!current.value.configured) return failed({ kind: 'sharedEntry' })
  const settingOf = (name: string) => current.value.settings.find((setting) => setting.name === name)?.value
  if (isPulled && (settingOf('source') === 'publisher' || settingOf('source') === 'redirect')) return failed({ kind: 'notPulled' })
  const asked = { id: serverId, path, change: 'set', settings: { [harmlessSetting]: otherTimeout(settingOf(harmlessSetting)) } } as const
  const preview = await paths.preview(asked)
  if (!preview.ok) return refusedBecause(preview.error)
  const { by, reason } = actorOf(acting)
  const edit = await paths.apply({ ...asked, basis: preview.value.basis }, by, reason)
  if (!edit.ok) return refusedBecause(edit.error)
  const { outcome, error } = edit.value
  if (outcome === 'applied') return { outcome: 'done', why: null }
  const why: RemedyWhy = error === null ? { kind: 'notTaken' } : { kind: 'server', error }
  return outcome === 'unknown' ? { outcome, why } : failed(why)
}

function refusedBecause(refusal: PathEditRefusal): Done {
  if (refusal.code === 'NOT_CHANGED') return failed(refusal.error === null ? { kind: 'notAsked' } : { kind: 'server', error: refusal.error })
  if (refusal.code === 'NOT_FOUND') return failed({ kind: 'notAsked' })
  if (refusal.code === 'NO_SUCH_PATH') return failed({ kind: 'sharedEntry' })
  return failed({ kind: refusal.code === 'RUNNING' || refusal.code === 'CHANGED_MEANWHILE' ? 'beingChanged' : 'notTaken' })
}

/** Percent-encodes a name so that it is safe in a shell, in case the key on the host has no `command=`. */
const quotedName = (name: string): string => encodeURIComponent(name).replace(/[!'()*~]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
/** The SSH command, which the host's forced command gets in SSH_ORIGINAL_COMMAND: the rule, and the stream or device, percent-encoded. */
const commandFor = ({ rule, subject }: ActingRule): string =>
  ['mtxdeck-remedy', rule, partOf(subject)]
    .filter((part) => part !== null)
    .map(quotedName)
    .join(' ')

async function runCommand({ clock, routeWithKey, runForced, signal }: RemedyEndpoints, keyFile: string, acting: ActingRule): Promise<Done> {
  const route = routeWithKey(ownerIdOf(acting.subject), keyFile)
  if (route === null) return failed({ kind: 'noHost' })
  using limit = timeLimit(clock, commandLimitMs, signal)
  let ended: Result<CommandEnd, RemedyWhy>
  try {
    const run = await runForced(route, commandFor(acting), limit.signal)
    ended = run.ok ? run : { ok: false, error: { kind: 'host', error: run.error } }
  } catch (error) {
    if (!(error instanceof TimeLimitError)) throw error
    return { outcome: 'unknown', why: { kind: 'timedOut', limitMs: commandLimitMs } }
  }
  if (!ended.ok) return failed(ended.error)
  const { code, said } = ended.value
  return { outcome: code === 0 ? 'done' : 'failed', why: code === 0 && said === '' ? null : { kind: 'ended', code, said } }
}
