import { mostMediaProcesses } from '../../shared/collectScript.ts'
import { sectionsOf } from './parseHost.ts'

interface HostListener {
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
  /** Reachable only from the machine itself. */
  readonly isLoopback: boolean
  /** Name or id of the user that owns the process. */
  readonly user: string
}

/** Listeners and media servers as reported by a machine. */
export interface HostCheck {
  readonly listeners: readonly HostListener[]
  /** State of the systemd unit `mediamtx.service`; null: there is none. */
  readonly unit: { readonly active: string; readonly result: string; readonly exitStatus: number | null } | null
  /** Last lines of the media servers' logs, unfiltered, so they may contain secrets. `pid` 0: of a media server that is not running. */
  readonly logs: readonly HostLog[]
}

interface HostLog {
  readonly pid: number
  readonly from: 'journal' | 'file'
  readonly lines: readonly string[]
}

const mostListeners = 2_000

/** The kernel prints addresses as words in host byte order, mostly little-endian: 127.0.0.1 is `0100007F`, ::1 ends with `01000000`. */
const isLoopback = (address: string): boolean =>
  address.length === 8 ? address.endsWith('7F') : address === `${'0'.repeat(24)}01000000` || /^0{16}FFFF0000.{6}7F$/.test(address)

function listenersIn(lines: readonly string[], protocol: HostListener['protocol'], names: ReadonlyMap<string, string>): HostListener[] {
  return lines.flatMap((line): HostListener[] => {
    const [, address, port, uid] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) (\d{1,10})$/.exec(line) ?? []
    if (address === undefined || port === undefined || uid === undefined) return []
    return [{ protocol, port: Number.parseInt(port, 16), isLoopback: isLoopback(address), user: names.get(uid) ?? uid }]
  })
}

const word = (text: string | undefined): string => (/^[\w-]{1,40}$/.test(text ?? '') ? (text ?? '') : '')

function unitIn(lines: readonly string[]): HostCheck['unit'] {
  const facts = new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const))
  if (facts.get('LoadState') !== 'loaded') return null
  const status = facts.get('ExecMainStatus') ?? ''
  return { active: word(facts.get('ActiveState')), result: word(facts.get('Result')), exitStatus: /^\d{1,3}$/.test(status) ? Number(status) : null }
}

/** Parses the response to the command `l`. null: the script on the host is too old for it. Never throws. */
export function parseHostCheck(answer: string): HostCheck | null {
  const sections = sectionsOf(answer)
  if (!sections.has('sockets tcp')) return null
  const names = new Map(
    (sections.get('names') ?? []).flatMap((line) => {
      const [, name, uid] = /^([\w.$-]{1,64}):(\d{1,10})$/.exec(line) ?? []
      return name === undefined || uid === undefined ? [] : [[uid, name] as const]
    }),
  )
  const of = (name: string, protocol: HostListener['protocol']) => listenersIn(sections.get(`sockets ${name}`) ?? [], protocol, names)
  return {
    listeners: [...of('tcp', 'tcp'), ...of('tcp6', 'tcp'), ...of('udp', 'udp'), ...of('udp6', 'udp')].slice(0, mostListeners),
    unit: unitIn(sections.get('unit') ?? []),
    logs: [...answer.matchAll(/^== log (journal|file) (\d{1,10})$/gm)].slice(0, mostMediaProcesses).map(([, from = '', pid = '']) => ({
      pid: Number(pid),
      from: from === 'journal' ? 'journal' : 'file',
      lines: sections.get(`log ${from} ${pid}`) ?? [],
    })),
  }
}
