import { mostMediaProcesses } from '../../shared/collectScript.ts'
import { sectionsOf } from './rawHost.ts'

/** A port at which a host's machine listens, whoever it is. */
export interface HostListener {
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
  /** Reached from the machine itself only. */
  readonly isLoopback: boolean
  /** Name of the user whose program it is, or its number. */
  readonly user: string
}

/** What a machine says of its listeners and of its media server. null: it did not say. */
export interface HostLook {
  readonly listeners: readonly HostListener[]
  /** What its service manager says of the unit `mediamtx.service`; null: there is none. */
  readonly unit: { readonly active: string; readonly result: string; readonly exitStatus: number | null } | null
  /** The ends of media servers' logs, as they were written: with whatever secrets are in them. `pid` 0: of the one that does not run. */
  readonly logs: readonly HostLog[]
}

export interface HostLog {
  readonly pid: number
  readonly from: 'journal' | 'file'
  readonly lines: readonly string[]
}

const mostListeners = 2_000

/** The kernel writes addresses as words of its own byte order, mostly little-endian: 127.0.0.1 is `0100007F`, ::1 ends with `01000000`. */
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

function unitIn(lines: readonly string[]): HostLook['unit'] {
  const facts = new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const))
  if (facts.get('LoadState') !== 'loaded') return null
  const status = facts.get('ExecMainStatus') ?? ''
  return { active: word(facts.get('ActiveState')), result: word(facts.get('Result')), exitStatus: /^\d{1,3}$/.test(status) ? Number(status) : null }
}

/** Parses the answer to `l`. null: the script on the host is older than that question. Never throws. */
export function parseHostLook(answer: string): HostLook | null {
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
