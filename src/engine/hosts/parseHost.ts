import { parseBsd } from './parseBsd.ts'
import { parseDarwin } from './parseDarwin.ts'
import { parseLinux } from './parseLinux.ts'
import { emptyRawHost, type RawHost, sectionsOf } from './rawHost.ts'

/** Parses the collector's answer from any supported system; `system` is null for others. Never throws. */
export function parseHost(answer: string): RawHost {
  const sections = sectionsOf(answer)
  if (sections.has('system Linux')) return parseLinux(sections)
  if (sections.has('system FreeBSD')) return parseBsd(sections)
  if (sections.has('system Darwin')) return parseDarwin(sections)
  return emptyRawHost
}
