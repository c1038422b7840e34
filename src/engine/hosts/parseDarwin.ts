import { parseBsdMedia, parseBsdProcesses, parseLoad, parseNetstat, readBsdMedia, readBsdSlow, sysctlsOf, uptimeOf } from './parseBsd.ts'
import { emptyRawHost, numberOrNull, parseNow, type RawHost, type Sections, shownName, type Writable, wordsOf } from './rawHost.ts'

/**
 * Parses the answer of a Mac. Users other than root get less: no temperatures, no GPU load, and of its
 * processors only the load of one second, every 30 s.
 */
export function parseDarwin(sections: Sections): RawHost {
  const raw: Writable<RawHost> = { ...emptyRawHost, system: 'darwin' }
  if (sections.has('fast')) readFast(raw, sections)
  if (sections.has('slow')) readSlow(raw, sections)
  readBsdMedia(raw, sections, () => null)
  if (!sections.has('fast')) raw.processes = parseBsdProcesses(sections.get('ps'))
  return raw
}

function readFast(raw: Writable<RawHost>, sections: Sections): void {
  const values = sysctlsOf(sections.get('sysctl'))
  const wall = parseNow(sections.get('fast'))
  raw.uptimeSeconds = uptimeOf(values.get('kern.boottime'), wall?.ms ?? null)
  raw.clockSeconds = raw.uptimeSeconds
  raw.coreCount = numberOrNull(values.get('hw.ncpu'))
  raw.load = parseLoad(values.get('vm.loadavg'))
  const total = numberOrNull(values.get('hw.memsize'))
  const swap = /total = (\d+[.,]\d+)M\s+used = (\d+[.,]\d+)M/.exec(values.get('vm.swapusage') ?? '')
  const swapBytes = (text: string | undefined) => {
    const megabytes = numberOrNull(text)
    return megabytes === null ? null : Math.round(megabytes * 1024 * 1024)
  }
  if (total !== null)
    raw.memory = {
      totalBytes: total,
      usedBytes: usedMemory(sections.get('vm') ?? []),
      swapTotalBytes: swapBytes(swap?.[1]),
      swapUsedBytes: swapBytes(swap?.[2]),
    }
  raw.networks = parseNetstat(sections.get('netstat'))
  raw.media = parseBsdMedia(sections, raw.uptimeSeconds, false)
}

/** As in Activity Monitor: memory of programs (anonymous, without purgeable pages), wired, and compressed. */
function usedMemory(lines: readonly string[]): number | null {
  const page = numberOrNull(/page size of (\d+) bytes/.exec(lines[0] ?? '')?.[1])
  const pages = (name: string) =>
    numberOrNull(
      lines
        .find((line) => line.startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .replace('.', ''),
    )
  const [anonymous, purgeable, wired, compressed] = [
    pages('Anonymous pages'),
    pages('Pages purgeable'),
    pages('Pages wired down'),
    pages('Pages occupied by compressor'),
  ]
  if (page === null || anonymous === null || wired === null) return null
  return Math.max(0, anonymous - (purgeable ?? 0) + wired + (compressed ?? 0)) * page
}

function readSlow(raw: Writable<RawHost>, sections: Sections): void {
  readBsdSlow(raw, sections)
  const product = (name: string) =>
    shownName(
      sections
        .get('os')
        ?.find((line) => line.startsWith(`${name}:`))
        ?.slice(name.length + 1),
    )
  raw.systemName = [product('ProductName') ?? 'macOS', product('ProductVersion')].filter((part) => part !== null).join(' ')
  // `iostat -n 0 -c 2`: columns us sy id, the first line since the start, the second of a second.
  const table = (sections.get('cpu') ?? []).map(wordsOf)
  const head = table.findIndex((words) => words.includes('id') && words.includes('us'))
  const last = table.at(-1)
  const idle = head < 0 || table.length < head + 3 ? null : numberOrNull(last?.[table[head]?.indexOf('id') ?? -1])
  raw.cpuPercent = idle === null || idle > 100 ? null : 100 - idle
  raw.temperatures = []
  raw.gpus = []
}
