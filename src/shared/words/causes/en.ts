import { formatValue } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { begun } from '../texts.ts'
import type { CauseWords } from './causeWords.ts'

const say = sayIn('en')
const percent = (value: number) => formatValue(value, 'percent', 'en')
const list = new Intl.ListFormat('en')
const packets = (count: number) => say.count(count, { one: 'packet', other: 'packets' })

export const en: Rest<CauseWords> = {
  causes: {
    publisherClosed: ({ bps }) => `its publisher closed it: ${formatValue(bps, 'bps', 'en')} arrived until then, and nothing was lost`,
    network: ({ lost, repaired, rttMs, latencyMs, windowMs }) =>
      `its network: within ${say.duration(windowMs)}, ${list.format([
        ...(lost > 0 ? [`${packets(lost)} lost`] : []),
        ...(repaired > 0 ? [`${packets(repaired)} sent again`] : []),
      ])}${rttMs === null || latencyMs === null ? '' : `, with a round trip of ${formatValue(rttMs, 'ms', 'en')} at a latency of ${formatValue(latencyMs, 'ms', 'en')}`}`,
    unrecordable: ({ format, codecs }) => `none of its tracks can be recorded as ${format}: ${list.format(codecs)}`,
    processEnded: ({ pid, next }) => `its media server’s process ${pid} ended${next === null ? '' : `, and process ${next} took its place`}`,
    hostBusy: ({ cpu }) => `its host is busy: CPU ${percent(cpu)}`,
    udpErrors: ({ perSecond }) => `its host drops what comes by UDP: ${say.number(Math.round(perSecond * 10) / 10)} buffer errors a second`,
    diskBusy: ({ iowait }) => `its host waits for its disks ${percent(iowait)} of the time`,
    diskFull: ({ mount, used }) => `the disk ${mount} is ${percent(used)} full`,
    framesDiscarded: ({ frames, windowMs }) =>
      `its readers are too slow: ${say.count(frames, { one: 'frame', other: 'frames' })} discarded within ${say.duration(windowMs)}`,
    othersLive: ({ live }) => `${say.count(live, { one: 'other stream of the server is', other: 'other streams of the server are' })} live`,
    readElsewhere: ({ at }) => `${list.format(at)} can read it, so the fault is on the way to this console`,
    downElsewhere: ({ at }) => `${list.format(at)} can’t read it either`,
    canaryReadBy: ({ server, by }) => `the canary of ${server} is read back by ${list.format(by)}, so the fault is at the other protocols`,
    canaryReadByNone: ({ server, by }) => `the canary of ${server} is published, and not read back by any of ${list.format(by)}`,
    hostFine: ({ cpu }) => `its host is not busy: CPU ${percent(cpu)}`,
  },
  sure: { seen: (clause) => clause, likely: (clause) => `${clause} (likely)`, possible: (clause) => `${clause} (possibly)` },
  sentence: (clauses) => `${begun(clauses.join('; '))}.`,
}
