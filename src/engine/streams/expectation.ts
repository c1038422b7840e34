import { isCanaryPath } from '../../shared/canaries.ts'
import { matcherOf } from '../../shared/patterns.ts'
import type { ServerStreams } from './serverState.ts'
import type { ExpectationSettings, Planned, Said, StreamRecord } from './streamRecord.ts'

/** Where a server takes new streams to be continuous, one that stays live for this long is expected from then on. */
const learnedAfterMs = 600_000
/** What was learned of a stream holds until it was off air for this long. */
export const learnedForMs = 7 * 86_400_000
/** How long a stream that ended stays in the list, ms. */
export const endedShownMs = 3_600_000

/** Applies new settings of a server. Exact names are listed even if they were never live: see `listExpected`. */
export function applySettings(server: ServerStreams, settings: ExpectationSettings): void {
  if (server.settings === settings) return
  const { expected = [] } = settings
  server.settings = settings
  server.isInFile = matcherOf(expected)
  server.namesInFile = new Set(expected.filter((pattern) => !pattern.includes('*') && !pattern.startsWith('~')))
  for (const record of server.rows) record.inFile = server.isInFile(record.path)
}

/** Notes that a stream is live: it may be learned now. */
export function learn(server: ServerStreams, record: StreamRecord, at: number): void {
  record.lastLiveAt = at
  if (Number.isNaN(server.learnsFrom)) server.learnsFrom = at
  if (record.onDemand || !Number.isNaN(record.learnedAt) || at - Math.max(record.onSince, server.learnsFrom) < learnedAfterMs) return
  record.learnedAt = at
  server.unwritten.add(record)
}

export function isLearned(
  server: Pick<ServerStreams, 'settings'>,
  { learnedAt, lastLiveAt }: Pick<StreamRecord, 'learnedAt' | 'lastLiveAt'>,
  at: number,
): boolean {
  return !Number.isNaN(learnedAt) && server.settings.newStreams !== 'events' && at - lastLiveAt < learnedForMs
}

/** Keeps what is said of a path, null: nothing; it is written with the next answer. */
export function say(server: ServerStreams, path: string, said: Said | null): void {
  if (said === null) server.said.delete(path)
  else server.said.set(path, said)
  server.unwrittenSaid.add(path)
}

function isConfigured(server: ServerStreams, record: StreamRecord, said: Said | undefined, at: number): boolean {
  if (server.configured !== null) return record.named
  // Without the configuration, a path that was never on air may be on demand, and one that was long ago may not be named any more.
  const isSupposed = said?.by === 'mediamtx' || (record.seemsNamed && !Number.isNaN(record.lastLiveAt))
  return isSupposed && !(at - record.lastLiveAt >= learnedForMs)
}

/** Who says whether a stream is expected now: the strongest. */
function saidOf(server: ServerStreams, record: StreamRecord, at: number): Said | null {
  const { path, plan, because } = record
  if (isCanaryPath(path)) return null
  const said = server.said.get(path)
  if (said?.by === 'operator') return said
  // On demand, absence is intended.
  const by = record.onDemand ? null : record.inFile ? 'file' : isConfigured(server, record, said, at) ? 'mediamtx' : null
  const own: Said | null = by === null ? null : said?.by === by ? said : { by, since: at, expects: true }
  if (own !== (said ?? null)) say(server, path, own)
  if (record.onDemand) return null
  const same = (next: Said): Said => (because?.by === next.by && because.since === next.since && because.expects === next.expects ? because : next)
  const usual = own ?? (isLearned(server, record, at) ? same({ by: 'learned', since: record.learnedAt, expects: true }) : null)
  // One that a plan only fits has to have been on air before: what is not known can't be missed.
  if (plan === null || (plan.isDue && plan.isNamed !== true && usual === null && Number.isNaN(record.lastLiveAt))) return usual
  return same({ by: plan.byCamera === true ? 'camera' : 'plan', since: plan.since, expects: plan.isDue })
}

/** Recomputes whether a stream is expected, and who says so. Returns whether it is expected has changed. */
export function updateExpected(server: ServerStreams, record: StreamRecord, at: number): boolean {
  const because = saidOf(server, record, at)
  const expected = because?.expects === true && !record.onDemand
  record.isClaimed = expected && (because?.by === 'operator' || because?.by === 'camera' || server.namesInFile.has(record.path))
  const isOther = expected !== record.expected
  if (!isOther && because === record.because) return false
  record.because = because
  record.expected = expected
  // From now on being expected decides for how long it is missed.
  if (isOther) record.stoppedFirst = false
  record.factsChanged = true
  return isOther
}

/** Sets its current on-air plan; null: none. */
export function setPlan(server: ServerStreams, record: StreamRecord, plan: Planned | null, at: number): void {
  const wasOff = record.offPlan
  record.plan = plan
  record.offPlan = plan !== null && !plan.isDue
  if (wasOff !== record.offPlan) record.factsChanged = true
  updateExpected(server, record, at)
}

/** What an operator says of a stream of the server; null takes it back. Who says the opposite of what was said takes that back, where that is enough. */
export function sayAsOperator(server: ServerStreams, record: StreamRecord, expects: boolean | null, operator: string, at: number): void {
  const before = server.said.get(record.path)
  const isOpposite = before?.by === 'operator' && before.expects !== expects
  if (isOpposite) {
    say(server, record.path, null)
    updateExpected(server, record, at)
  }
  const isEnough = expects === null || (isOpposite && record.expected === expects) || (before?.by === 'operator' && !isOpposite)
  if (!isEnough) say(server, record.path, { by: 'operator', since: at, operator, expects })
  updateExpected(server, record, at)
}
