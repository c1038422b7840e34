import { parseBsd } from './parseBsd.ts'
import { parseDarwin } from './parseDarwin.ts'
import { parseLinux } from './parseLinux.ts'
import { emptyRawHost, type RawHost, sectionsOf } from './rawHost.ts'

/** What the collector answered, whatever system it runs on; `system` is null where it knows none of ours. Never throws. */
export function parseHost(answer: string): RawHost {
  const sections = sectionsOf(answer)
  if (sections.has('system Linux')) return parseLinux(sections)
  if (sections.has('system FreeBSD')) return parseBsd(sections)
  if (sections.has('system Darwin')) return parseDarwin(sections)
  return emptyRawHost
}
