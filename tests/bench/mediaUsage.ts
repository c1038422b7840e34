import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { MediaClient } from '../../src/media/mediaClient.ts'

/** CPU time of a process so far, ms (proc(5): hundredths of a second); `ended`: of the children that it has waited for. */
export function cpuMs(pid: number | 'self', ended = false): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields.slice(ended ? 13 : 11, ended ? 15 : 13).reduce((sum, ticks) => sum + Number(ticks) * 10, 0)
}
export const rssMegabytes = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1_000

/** What no other process maps: what the machine would have more without this one (smaps_rollup, proc(5)). */
const privateMegabytes = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
  return [...text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+)/gm)].reduce((sum, [, kilobytes]) => sum + Number(kilobytes), 0) / 1_000
}

/** What a process takes over some time: % of a core, and its largest memory, with the pages of files that other processes map as well and without. */
interface Usage {
  readonly percent: number
  readonly megabytes: number
  readonly ownMegabytes: number
}
/** Of the process of probes, which publishes and reads canaries too. */
export async function usageOf(media: MediaClient, seconds: number): Promise<Usage> {
  const pid = media.pid('probes')
  if (pid === null) throw new Error('the process of probes ended')
  const [before, beganAt] = [cpuMs(pid), performance.now()]
  let megabytes = 0
  let ownMegabytes = 0
  for (let second = 0; second < seconds; second++) {
    await pause(1_000)
    megabytes = Math.max(megabytes, rssMegabytes(pid))
    // Reading it walks all pages.
    if (second % 5 === 0) ownMegabytes = Math.max(ownMegabytes, privateMegabytes(pid))
  }
  return { percent: ((cpuMs(pid) - before) / (performance.now() - beganAt)) * 100, megabytes, ownMegabytes }
}
