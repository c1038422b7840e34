import { quoted } from '../../shared/quoted.ts'
import { redactText } from '../../shared/redact.ts'

/** A line of MediaMTX's log. */
interface LogLine {
  /** As written: in the server's time zone in plain lines, in UTC in structured ones. */
  readonly at: string
  readonly level: 'DEB' | 'INF' | 'WAR' | 'ERR'
  readonly message: string
}

const levels: ReadonlySet<unknown> = new Set(['DEB', 'INF', 'WAR', 'ERR'])

/** Parses a plain or a structured line (1.15.6 and newer); null: it is neither. */
export function logLineOf(text: string): LogLine | null {
  const [, at, level, message] = /^(\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}) (DEB|INF|WAR|ERR) (.*)$/.exec(text) ?? []
  if (at !== undefined && message !== undefined) return { at, level: level as LogLine['level'], message }
  if (text.startsWith('ERR: ')) return { at: '', level: 'ERR', message: text.slice(5) }
  if (!text.startsWith('{')) return null
  // Not by JSON.parse, as a long line may have been cut.
  const fields = /^\{"timestamp":"([\d:.TZ+-]{10,40})","level":"([A-Z]{3})","message":"((?:[^"\\]|\\.)*)/.exec(text)
  if (fields === null || !levels.has(fields[2])) return null
  const plain = (fields[3] ?? '').replace(/\\(.)/g, (_, letter: string) => (letter === 'n' || letter === 't' || letter === 'r' ? ' ' : letter))
  return { at: fields[1] ?? '', level: fields[2] as LogLine['level'], message: plain }
}

/** Summary of the end of a log. */
interface LogSummary {
  /** The relevant lines, oldest first, without secrets: faults, and those about the stream; if there are none, the last lines. */
  readonly lines: readonly string[]
  /** The last line; null: the log is empty. */
  readonly last: string | null
  /** The port that was in use by another process at its last start; null: none. */
  readonly inUse: number | null
  /** Why the last publisher of the stream left; null: unknown. */
  readonly closed: string | null
  readonly hasFaults: boolean
}

const mostShown = 8
const longestShown = 200
const shown = ({ at, level, message }: LogLine): string | null => quoted(redactText(`${at} ${level} ${message}`), longestShown)

/** The lines since the last start of the server. */
function sinceStart(lines: readonly LogLine[]): readonly LogLine[] {
  const start = lines.findLastIndex(({ message }) => /^(?:MediaMTX v|configuration loaded from)/.test(message))
  // The version comes first, the location of the configuration in the next line.
  const begun = start > 0 && lines[start - 1]?.message.startsWith('MediaMTX v') ? start - 1 : start
  return lines.slice(Math.max(0, begun))
}

function takenPort(lines: readonly LogLine[]): LogSummary['inUse'] {
  for (const { message } of lines.toReversed()) {
    const port = /listen (?:tcp|udp)\S* \S*:(\d{1,5}): bind: (?:address already in use|Only one usage of each socket address)/.exec(message)?.[1]
    if (port !== undefined) return Number(port)
  }
  return null
}

/** Reasons that only say that the other end was closed. */
const uninformative = /^(?:not in use|terminated)$/

/**
 * Why the last publisher of a stream left. `[session 2d01a82d] is publishing to path 'cam'` names the path; later lines name only the session, or the
 * connection that created it.
 */
function closedReason(lines: readonly LogLine[], path: string): string | null {
  const publishers = new Set<string>()
  /** By the connection that created it. */
  const sessions = new Map<string, string>()
  let reason: string | null = null
  for (const { message } of lines) {
    const who = /\[((?:session|conn) [^\]]{1,80})\]/.exec(message)?.[1]
    if (who === undefined) continue
    const creator = / created by (\S{1,80})/.exec(message)?.[1]
    if (creator !== undefined) sessions.set(`conn ${creator}`, who)
    if (message.includes(`is publishing to path '${path}'`)) {
      publishers.add(who)
      reason = null
    }
    const closed = / (?:closed|destroyed): (.*)$/.exec(message)?.[1]
    const isPublisher = publishers.has(who) || publishers.has(sessions.get(who) ?? '')
    if (closed !== undefined && isPublisher && !uninformative.test(closed)) reason ??= closed
  }
  return reason === null ? null : quoted(redactText(reason), longestShown)
}

/** Summarizes the end of a log. `path`: the diagnosed stream; null: none. */
export function readLog(texts: readonly string[], path: string | null): LogSummary {
  const lines = texts.map(logLineOf).filter((line) => line !== null)
  const latest = sinceStart(lines)
  const isFault = ({ level }: LogLine) => level === 'WAR' || level === 'ERR'
  const isOfPath = ({ message }: LogLine) => path !== null && (message.includes(`[path ${path}]`) || message.includes(`'${path}'`))
  const matter = latest.filter((line) => isFault(line) || isOfPath(line))
  return {
    lines: (matter.length > 0 ? matter : latest).slice(-mostShown).flatMap((line) => shown(line) ?? []),
    last: latest.slice(-1).map(shown)[0] ?? null,
    inUse: takenPort(latest),
    closed: path === null ? null : closedReason(lines, path),
    hasFaults: latest.some(({ level }) => level === 'ERR'),
  }
}
