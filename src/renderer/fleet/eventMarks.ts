import type { MarkKind } from '../ui/Mark.tsx'

/** Kinds that are missing are warnings. */
const marks: Readonly<Record<string, MarkKind>> = {
  serverUp: 'ok',
  serverDown: 'critical',
  serverSilent: 'major',
  streamOn: 'ok',
  streamOff: 'critical',
  streamEnded: 'idle',
  streamStalled: 'critical',
  streamRecovered: 'ok',
  slateOn: 'major',
  forwardRecovered: 'ok',
  sessionsKicked: 'idle',
  pathSettingsChanged: 'idle',
  diagnosed: 'idle',
  publishingRelayed: 'idle',
  remedyArmed: 'idle',
  remedyStopped: 'major',
  recordingDownloaded: 'idle',
  probeDown: 'major',
  probeUp: 'ok',
  hostUp: 'ok',
  hostDown: 'major',
  hostKeyChanged: 'critical',
  mediaServerEnded: 'major',
  consoleGap: 'unknown',
  storeDamaged: 'major',
  tooMuchSent: 'minor',
  configurationRead: 'idle',
  ruleEdited: 'idle',
  channelEdited: 'idle',
  readinessEdited: 'idle',
  planEdited: 'idle',
  configurationRefused: 'major',
  alarmHealed: 'ok',
  alarmTaken: 'idle',
}
export function markOfEvent(kind: string): MarkKind {
  return marks[kind] ?? 'warning'
}

/** The largest weight is shown of events at one place. */
const weights: Readonly<Record<MarkKind, number>> = { critical: 6, major: 5, slate: 5, minor: 4, warning: 3, unknown: 2, ok: 2, maintenance: 1, idle: 0 }
export function weightOfEvent(kind: string): number {
  return weights[markOfEvent(kind)]
}
