import { createHash } from 'node:crypto'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { createUnderWay } from '../../clock/underWay.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { aboutHost, aboutServer, aboutStream, type EventAbout, type NewEvent, newEvent } from '../../shared/events.ts'
import {
  mostActsListed,
  mostRehearsedActs,
  mostUnhelpful,
  type RemedyActed,
  type RemedyOfRule,
  type RemedyRehearsal,
  rehearsalLastsMs,
  rehearsedMs,
} from '../../shared/remedies.ts'
import type { Remedy } from '../../shared/remedyInput.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Rule } from '../../shared/rules.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'
import { ownerIdOf, pathOf } from '../../shared/subjectNames.ts'
import type { Log } from '../ports.ts'
import type { ActingRule, Done } from './doRemedy.ts'
import type { PastOfRule } from './pastOfRule.ts'
import { heldBack, isUnhelpful, mostRemembered, playRemedy } from './remedyGuard.ts'
import type { Arming, RemedyRows } from './remedyRows.ts'

interface RemediesDeps {
  readonly clock: Clock
  readonly log: Log
  readonly rows: RemedyRows
  readonly rules: () => readonly Rule[]
  /** Open alarms. */
  readonly open: () => readonly Alarm[]
  /** Whether it is in maintenance now: alarms reflect that only after being re-evaluated. */
  readonly isMaintained: (subject: AlarmSubject) => boolean
  /** An open or closed alarm; null: it is not stored. */
  readonly alarm: (id: string) => Pick<Alarm, 'healedAt' | 'closed'> | null
  /** The alarms that a rule would have raised in the past. */
  readonly pastOf: (rule: Rule, from: number, signal: AbortSignal | undefined) => Promise<PastOfRule>
  /** Performs the remedy once. Rejects only with the signal's reason. */
  readonly act: (remedy: Remedy, acting: ActingRule) => Promise<Done>
  readonly record: (events: readonly NewEvent[]) => void
  readonly signal: AbortSignal
}

export interface Remedies {
  readonly list: () => RemedyOfRule[]
  /** Newest first. */
  readonly acts: (most: number, rule?: string) => RemedyActed[]
  readonly rehearse: (rule: string, signal?: AbortSignal) => Promise<Result<RemedyRehearsal, 'NOT_FOUND'>>
  readonly arm: (rule: string, by: string, reason: string) => Result<RemedyOfRule, 'NOT_FOUND' | 'CONFLICT'>
  readonly disarm: (rule: string, by: string, reason: string) => Result<RemedyOfRule, 'NOT_FOUND'>
  /** After the signal has aborted: resolves when no act is running. */
  readonly ended: () => Promise<void>
}

type RemediedRule = Rule & { readonly remedy: Remedy }

const checkMs = 1_000
/** Maximum number of concurrent acts. */
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
export function createRemedies(deps: RemediesDeps): Remedies {
  const { clock, log, rows, record, signal } = deps
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
  const rehearsals = new Map<string, { readonly fingerprint: string; readonly rehearsal: RemedyRehearsal }>()
  const running = createUnderWay()

  const stateOf = (rule: RemediedRule): RemedyOfRule['state'] => {
    const arming = armings.get(rule.id)
    if (arming === undefined || !arming.armed) return 'off'
    if (arming.stoppedAt !== null) return 'stopped'
    return arming.fingerprint === fingerprintOf(rule) ? 'armed' : 'changed'
  }
  const rehearsalOf = (rule: RemediedRule): RemedyRehearsal | null => {
    const found = rehearsals.get(rule.id)
    return found?.fingerprint === fingerprintOf(rule) ? found.rehearsal : null
  }
  const shown = (rule: RemediedRule): RemedyOfRule => {
    const arming = armings.get(rule.id)
    const done = actsOf(rule.id)
    return {
      rule: rule.id,
      enabled: rule.enabled,
      remedy: rule.remedy,
      state: stateOf(rule),
      armed: arming?.armed ? { by: arming.by, at: arming.at, reason: arming.reason } : null,
      stoppedAt: arming?.stoppedAt ?? null,
      rehearsed: rehearsalOf(rule),
      actsLastHour: done.filter(({ at }) => at > clock.now() - 3_600_000).length,
      last: done[0] ?? null,
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
        if ((alarm.rule ?? alarm.kind) !== rule.id || !isDue(alarm, rule.remedy, arming, now) || running.size() >= mostAtOnce) continue
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
  return {
    list: () => deps.rules().filter(isRemedied).map(shown),
    acts: (most, rule) => rows.acts(Math.min(most, mostActsListed), rule),
    rehearse: async (id, asked) => {
      const rule = named(id)
      if (rule === null) return err('NOT_FOUND')
      const from = clock.now() - rehearsedMs
      const past = await deps.pastOf(rule, from, asked)
      const { acts: played, held } = playRemedy(rule.remedy, past.alarms, past.to)
      const rehearsal: RemedyRehearsal = {
        ...{ at: clock.now(), from, to: past.to, alarms: past.total, acts: played.length, held, unrehearsed: [...past.unrehearsed] },
        first: played.slice(0, mostRehearsedActs).map((one) => ({ ...one })),
      }
      rehearsals.set(id, { fingerprint: fingerprintOf(rule), rehearsal })
      return ok(rehearsal)
    },
    arm: (id, by, reason) => {
      const rule = named(id)
      if (rule === null) return err('NOT_FOUND')
      const rehearsal = rehearsalOf(rule)
      if (rehearsal === null || Math.abs(clock.now() - rehearsal.at) > rehearsalLastsMs) return err('CONFLICT')
      return ok(note(rule, true, by, reason))
    },
    disarm: (id, by, reason) => {
      const rule = named(id)
      return rule === null ? err('NOT_FOUND') : ok(note(rule, false, by, reason))
    },
    ended: async () => {
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
