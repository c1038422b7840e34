import { formatValue } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { CauseWords } from './causeWords.ts'

const say = sayIn('zh')
const percent = (value: number) => formatValue(value, 'percent', 'zh')
const names = new Intl.ListFormat('zh')

export const zh: Rest<CauseWords> = {
  causes: {
    publisherClosed: ({ bps }) => `发布端关闭了它：此前一直收到 ${formatValue(bps, 'bps', 'zh')}，没有丢包`,
    network: ({ lost, repaired, rttMs, latencyMs, windowMs }) =>
      `它的网络：${say.duration(windowMs)}内${[
        ...(lost > 0 ? [`丢失 ${say.number(lost)} 个包`] : []),
        ...(repaired > 0 ? [`重传 ${say.number(repaired)} 个包`] : []),
      ].join('，')}${rttMs === null || latencyMs === null ? '' : `，往返时间 ${formatValue(rttMs, 'ms', 'zh')}，延迟 ${formatValue(latencyMs, 'ms', 'zh')}`}`,
    unrecordable: ({ format, codecs }) => `其轨道都不能以 ${format} 格式录制：${codecs.join('、')}`,
    processEnded: ({ pid, next }) => `媒体服务器的进程 ${pid} 已退出${next === null ? '' : `，由进程 ${next} 接替`}`,
    hostBusy: ({ cpu }) => `主机繁忙：CPU ${percent(cpu)}`,
    udpErrors: ({ perSecond }) => `主机丢弃 UDP 数据：每秒 ${say.number(Math.round(perSecond * 10) / 10)} 次缓冲区错误`,
    diskBusy: ({ iowait }) => `主机有 ${percent(iowait)} 的时间在等待磁盘`,
    diskFull: ({ mount, used }) => `磁盘 ${mount} 已用 ${percent(used)}`,
    framesDiscarded: ({ frames, windowMs }) => `读取端太慢：${say.duration(windowMs)}内丢弃 ${say.number(frames)} 帧`,
    othersLive: ({ live }) => `该服务器的另外 ${say.number(live)} 个流正常直播`,
    readElsewhere: ({ at }) => `${names.format(at)} 能读取，因此故障在通往本控制台的路上`,
    downElsewhere: ({ at }) => `${names.format(at)} 也无法读取`,
    canaryReadBy: ({ server, by }) => `${server} 的金丝雀流可以通过 ${names.format(by)} 读回，因此故障在其他协议上`,
    canaryReadByNone: ({ server, by }) => `${server} 的金丝雀流已推送，但通过 ${names.format(by)} 均无法读回`,
    hostFine: ({ cpu }) => `主机不繁忙：CPU ${percent(cpu)}`,
  },
  sure: { seen: (clause) => clause, likely: (clause) => `${clause}（很可能）`, possible: (clause) => `${clause}（可能）` },
  sentence: (clauses) => `${clauses.join('；')}。`,
}
