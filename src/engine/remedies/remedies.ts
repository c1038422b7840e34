import { createHash } from 'node:crypto'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { createUnderWay } from '../../clock/underWay.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { aboutHost, aboutServer, aboutStream, type EventAbout, type NewEvent, newEvent } from '../../shared/events.ts'
import { mostActsListed, mostUnhelpful, type RemedyActed, type RemedyOfRule, remedyActSchema } from '../../shared/remedies.ts'
import type { Remedy, RemedyOutcome, RemedyWhy } from '../../shared/remedyInput.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Rule } from '../../shared/rules.ts'
import { type AlarmSubject, ownerIdOf, partOf, pathOf } from '../../shared/subjectNames.ts'
import { api, orRefused } from '../api.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { storedJson } from '../storage/storedJson.ts'
import type { ActingRule, Done } from './doRemedy.ts'

interface RemediesDeps {
  readonly clock: Clock
  readonly log: Log
  readonly db: Database
  readonly rules: () => readonly Rule[]
  readonly open: () => readonly Alarm[]
  /** Whether it is in maintenance now: alarms reflect that only after being re-evaluated. */
  readonly isMaintained: (subject: AlarmSubject) => boolean
  /** An open or closed alarm; null: it is not stored. */
  readonly alarm: (id: string) => Pick<Alarm, 'healedAt' | 'closed'> | null
  /** Performs the remedy once. Rejects only with the signal's reason. */
  readonly act: (remedy: Remedy, acting: ActingRule) => Promise<Done>
  readonly record: (events: readonly NewEvent[]) => void
  readonly signal: AbortSignal
}

type RemediedRule = Rule & { readonly remedy: Remedy }

const checkMs = 1_000
const mostAtOnce = 4

const isRemedied = (rule: Rule): rule is RemediedRule => rule.remedy !== null
/** Changes whenever anything that determines when and how the remedy acts changes. */
const fingerprintOf = ({ id, watches, severity, enabled, onDelayMs, offDelayMs, scope, exceptions, remedy }: RemediedRule): string =>
  createHash('sha256')
    .update(JSON.stringify([id, watches, severity, enabled, onDelayMs, offDelayMs, scope, exceptions, remedy]))
    .digest('base64url')

/**
 * Performs the remedies of rules for their alarms, once an operator has armed them. Only for active alarms that are unhandled: not acknowledged,
 * shelved, in maintenance or impossible to evaluate. Each act is recorded before it is performed; one interrupted by the end of this console is not
 * repeated.
 */
export type Remedies = ReturnType<typeof createRemedies>

export function createRemedies(deps: RemediesDeps) {
  const { clock, log, record, signal } = deps
  const rows = createRemedyRows(deps.db)
  rows.interrupt()
  const readArmings = () => new Map<string, Arming>(rows.armings().map((arming) => [arming.rule, arming]))
  let armings = readArmings()
  const acts = new Map<string, RemedyActed[]>()
  /** The acts of a rule that its limits depend on, newest first. */
  const actsOf = (rule: string): RemedyActed[] => {
    const known = acts.get(rule) ?? rows.acts(mostRemembered, rule)
    acts.set(rule, known)
    return known
  }
  const reread = () => {
    armings = readArmings()
  }
  const running = createUnderWay()

  const stateOf = (rule: RemediedRule): RemedyOfRule['state'] => {
    const arming = armings.get(rule.id)
    if (arming === undefined || !arming.armed) return 'off'
    if (arming.stoppedAt !== null) return 'stopped'
    return arming.fingerprint === fingerprintOf(rule) ? 'armed' : 'off'
  }
  const shown = (rule: RemediedRule): RemedyOfRule => {
    const arming = armings.get(rule.id)
    return {
      rule: rule.id,
      remedy: rule.remedy,
      state: stateOf(rule),
      armed: arming?.armed ? { by: arming.by, at: arming.at, reason: arming.reason } : null,
      stoppedAt: arming?.stoppedAt ?? null,
    }
  }
  const named = (id: string): RemediedRule | null => {
    const rule = deps.rules().find((one) => one.id === id)
    return rule !== undefined && isRemedied(rule) ? rule : null
  }

  /** Acts whose alarms were closed manually or by a rule change: whether they helped stays unknown, so their alarms are not looked up again. */
  const saysNothing = new Set<number>()
  /** Records whether acts helped, once that is known. */
  const settle = (rule: RemediedRule) => {
    const all = actsOf(rule.id)
    for (const [index, act] of all.entries()) {
      if (act.outcome !== 'done' || act.helped !== null || saysNothing.has(act.id)) continue
      const alarm = deps.alarm(act.alarm)
      if (alarm === null) continue
      if (alarm.closed !== null && alarm.closed.because !== 'healed') {
        saysNothing.add(act.id)
        continue
      }
      const isOver = clock.now() >= act.at + rule.remedy.againSeconds * 1000
      const helped = alarm.healedAt !== null ? true : isOver ? false : null
      if (helped === null) continue
      rows.settle(act.id, helped)
      all[index] = { ...act, helped }
    }
  }
  const stopUnhelpful = (rule: RemediedRule, arming: Arming) => {
    if (!isUnhelpful(actsOf(rule.id).filter(({ at }) => at >= arming.at))) return false
    rows.stop(rule.id, clock.now())
    reread()
    log.warn({ rule: rule.id }, 'a remedy stopped by itself: it did not help')
    record([newEvent('remedyStopped', clock.now(), { rule: rule.id, acts: mostUnhelpful })])
    return true
  }

  const act = async (rule: RemediedRule, alarm: Alarm) => {
    const { id, remedy } = rule
    const begun = { rule: id, at: clock.now(), act: remedy.act, subject: alarm.subject, ownerName: alarm.serverName, alarm: alarm.id }
    const no = rows.begin(begun)
    const known: RemedyActed = { id: no, ...begun, at: Math.round(begun.at), outcome: 'begun', why: null, helped: null }
    const all = actsOf(id)
    all.unshift(known)
    all.splice(mostRemembered)
    const done = await deps.act(remedy, { rule: id, subject: alarm.subject }).catch((error: unknown): Done => {
      if (signal.aborted) return { outcome: 'unknown', why: { kind: 'interrupted' } }
      log.error({ err: error, rule: id }, 'a remedy failed by a bug of ours')
      return { outcome: 'failed', why: { kind: 'internal' } }
    })
    rows.finish(no, done.outcome, done.why)
    const place = all.findIndex((one) => one.id === no)
    if (place >= 0) all[place] = { ...known, ...done }
    record([newEvent('remedyActed', clock.now(), { rule: id, act: remedy.act, ...done }, aboutSubject(alarm))])
  }

  let saidNotWritten = false
  /** An act that can't be recorded is not performed. */
  const notWritten = (error: unknown) => {
    if (!saidNotWritten) log.error({ err: error }, 'a remedy could not be written down: it is done only where it can')
    saidNotWritten = true
  }
  const look = () => {
    const rules = deps.rules().filter(isRemedied)
    if (rules.length === 0) return
    const now = clock.now()
    for (const rule of rules) {
      settle(rule)
      const arming = armings.get(rule.id)
      if (arming === undefined || stateOf(rule) !== 'armed' || stopUnhelpful(rule, arming)) continue
      for (const alarm of deps.open()) {
        if (alarm.rule !== rule.id || !isDue(alarm, rule.remedy, arming, now) || running.size() >= mostAtOnce) continue
        if (deps.isMaintained(alarm.subject)) continue
        if (heldBack(rule.remedy, actsOf(rule.id), alarm.subject, now) !== null) continue
        void running.track(act(rule, alarm).catch(notWritten))
        // One act per rule at a time: its result may stop the remedy.
        break
      }
    }
  }
  const loop = every(clock)(
    { intervalMs: checkMs, timeoutMs: null, seed: 'remedies', signal, onBug: (error) => log.error({ err: error }, 'remedies could not be looked at') },
    async () => look(),
  )

  const note = (rule: RemediedRule, armed: boolean, by: string, reason: string): RemedyOfRule => {
    rows.arm({ rule: rule.id, fingerprint: fingerprintOf(rule), by, at: clock.now(), reason, armed })
    reread()
    record([newEvent('remedyArmed', clock.now(), { rule: rule.id, armed, by, reason })])
    return shown(rule)
  }
  const noted = (id: string, armed: boolean, by: string, reason: string): Result<RemedyOfRule, 'NOT_FOUND'> => {
    const rule = named(id)
    return rule === null ? err('NOT_FOUND') : ok(note(rule, armed, by, reason))
  }
  return {
    list: (): RemedyOfRule[] => deps.rules().filter(isRemedied).map(shown),
    /** Newest first. */
    acts: (most: number, rule?: string): RemedyActed[] => rows.acts(Math.min(most, mostActsListed), rule),
    arm: (id: string, by: string, reason: string) => noted(id, true, by, reason),
    disarm: (id: string, by: string, reason: string) => noted(id, false, by, reason),
    /** After the signal has aborted: resolves when no act is running. */
    ended: async (): Promise<void> => {
      await loop
      await running.settled()
    },
  }
}

/** Whether the alarm is active, unhandled and not suppressed, and has been so for long enough since the remedy was armed. */
function isDue({ state, healedAt, calmSince, suppressedBy, since, raisedAt }: Alarm, { afterSeconds }: Remedy, arming: Arming, now: number): boolean {
  if (state !== 'unacknowledged' || healedAt !== null || calmSince !== undefined || suppressedBy !== null) return false
  return now - Math.max(since, raisedAt, arming.at) >= afterSeconds * 1000
}

function aboutSubject({ subject, serverName: name }: { readonly subject: AlarmSubject; readonly serverName: string }): EventAbout | undefined {
  if (subject.kind === 'console' || subject.kind === 'probe') return undefined
  const owner = { id: ownerIdOf(subject), name }
  const path = pathOf(subject)
  if (path !== null) return aboutStream(owner, path)
  return subject.kind === 'server' ? aboutServer(owner) : aboutHost(owner)
}

/** An act as far as limits depend on it. */
interface GuardedAct {
  readonly at: number
  readonly subject: AlarmSubject
}

const hourMs = 3_600_000
const isSame = (a: AlarmSubject, b: AlarmSubject): boolean => a.kind === b.kind && ownerIdOf(a) === ownerIdOf(b) && partOf(a) === partOf(b)

/**
 * Whether a rule's acts of before hold back another one. `again`: the same stream or host was acted on too recently. `tooMany`: there were enough within
 * the hour. Acts of a later time, as after the clock was set back, count: nothing is done twice for a wrong clock. null: nothing holds it back.
 */
export function heldBack({ againSeconds, mostAnHour }: Remedy, acts: readonly GuardedAct[], subject: AlarmSubject, now: number): 'again' | 'tooMany' | null {
  if (acts.some((act) => act.at > now - againSeconds * 1000 && isSame(act.subject, subject))) return 'again'
  return acts.filter(({ at }) => at > now - hourMs).length >= mostAnHour ? 'tooMany' : null
}

/** How many acts an hour of history can have held, and so how many have to be remembered. */
const mostRemembered = 100

/** Whether the last acts since a remedy was armed, newest first, all came to nothing. */
export function isUnhelpful(acts: readonly Pick<RemedyActed, 'outcome' | 'helped'>[]): boolean {
  const last = acts.filter(({ outcome, helped }) => outcome === 'failed' || outcome === 'unknown' || helped !== null).slice(0, mostUnhelpful)
  return last.length === mostUnhelpful && last.every(({ outcome, helped }) => outcome !== 'done' || helped === false)
}

/** Who let a remedy act, or no more. */
interface Arming {
  readonly rule: string
  /** Of the rule and remedy as they were. */
  readonly fingerprint: string
  readonly by: string
  readonly at: number
  readonly reason: string
  readonly armed: boolean
  /** When it stopped by itself; null: it did not. */
  readonly stoppedAt: number | null
}

interface ArmingRow extends Omit<Arming, 'armed' | 'stoppedAt'> {
  readonly armed: number
  readonly stopped_at: number | null
}
interface ActRow {
  readonly id: number
  readonly rule: string
  readonly at: number
  readonly act: string
  readonly subject: string
  readonly owner_name: string
  readonly alarm: string
  readonly outcome: string
  readonly why: string | null
  readonly helped: number | null
}

/** Most acts that are kept. */
const mostKept = 10_000

/** The tables of remedies in main.db. An act is written before it is done, safe against a power cut: it must not be done twice. */
function createRemedyRows(db: Database) {
  const arm = db.prepare(
    `INSERT INTO remedy_arms (rule, fingerprint, by, at, reason, armed, stopped_at) VALUES (?, ?, ?, ?, ?, ?, NULL)
     ON CONFLICT (rule) DO UPDATE SET fingerprint = excluded.fingerprint, by = excluded.by, at = excluded.at, reason = excluded.reason,
       armed = excluded.armed, stopped_at = NULL`,
  )
  const stop = db.prepare('UPDATE remedy_arms SET stopped_at = ? WHERE rule = ?')
  const armings = db.prepare<[], ArmingRow>('SELECT * FROM remedy_arms')
  const begin = db.prepare("INSERT INTO remedy_acts (rule, at, act, subject, owner_name, alarm, outcome) VALUES (?, ?, ?, ?, ?, ?, 'begun')")
  const finish = db.prepare('UPDATE remedy_acts SET outcome = ?, why = ? WHERE id = ?')
  const settle = db.prepare('UPDATE remedy_acts SET helped = ? WHERE id = ?')
  const dropOld = db.prepare('DELETE FROM remedy_acts WHERE id <= ?')
  const newest = db.prepare<[number], ActRow>('SELECT * FROM remedy_acts ORDER BY id DESC LIMIT ?')
  const newestOf = db.prepare<[string, number], ActRow>('SELECT * FROM remedy_acts WHERE rule = ? ORDER BY id DESC LIMIT ?')
  const interrupted = db.prepare<[string]>("UPDATE remedy_acts SET outcome = 'unknown', why = ? WHERE outcome = 'begun'")

  const actOf = ({ owner_name, ...row }: ActRow): RemedyActed[] => {
    const read = remedyActSchema.safeParse({
      ...row,
      ownerName: owner_name,
      subject: storedJson(row.subject),
      why: row.why === null ? null : storedJson(row.why),
      helped: row.helped === null ? null : row.helped === 1,
    })
    return read.success ? [read.data] : []
  }
  return {
    armings: (): Arming[] => armings.all().map(({ stopped_at, armed, ...row }) => ({ ...row, armed: armed === 1, stoppedAt: stopped_at })),
    arm: ({ rule, fingerprint, by, at, reason, armed }: Omit<Arming, 'stoppedAt'>): void =>
      void arm.run(rule, fingerprint, by, Math.round(at), reason, armed ? 1 : 0),
    stop: (rule: string, at: number): void => void stop.run(Math.round(at), rule),
    begin: ({ rule, at, act, subject, ownerName, alarm }: Pick<RemedyActed, 'rule' | 'at' | 'act' | 'subject' | 'ownerName' | 'alarm'>): number =>
      db.transaction(() => {
        const id = Number(begin.run(rule, Math.round(at), act, JSON.stringify(subject), ownerName, alarm).lastInsertRowid)
        dropOld.run(id - mostKept)
        return id
      })(),
    finish: (id: number, outcome: RemedyOutcome, why: RemedyWhy | null): void => void finish.run(outcome, why && JSON.stringify(why), id),
    settle: (id: number, helped: boolean): void => void settle.run(helped ? 1 : 0, id),
    /** Newest first. */
    acts: (most: number, rule?: string): RemedyActed[] => (rule === undefined ? newest.all(most) : newestOf.all(rule, most)).flatMap(actOf),
    /** Once at a start: what had begun may have been done. */
    interrupt: (): void => void interrupted.run(JSON.stringify({ kind: 'interrupted' } satisfies RemedyWhy)),
  }
}

export function remediesRouter(remedies: Remedies) {
  return {
    list: api.remedies.list.handler(() => remedies.list()),
    acts: api.remedies.acts.handler(({ input }) => remedies.acts(input.limit, input.rule)),
    arm: api.remedies.arm.handler(({ input: { rule, reason }, context, errors }) => orRefused(remedies.arm(rule, context.operator.name, reason), errors)),
    disarm: api.remedies.disarm.handler(({ input: { rule, reason }, context, errors }) =>
      orRefused(remedies.disarm(rule, context.operator.name, reason), errors),
    ),
  }
}
