import { sayIn } from '../say.ts'
import type { PlanWords } from './planWords.ts'

const say = sayIn('zh')

export const zh: PlanWords = {
  mbit: 'Mbit/s',
  megabyte: 'MB',
  gigabyte: 'GB',
  range: (from, to) => `${from} 至 ${to}`,
  and: ' 加 ',
  streams: (count) => `${say.number(count)} 个流`,
  readers: (count) => `${say.number(count)} 个读取端`,
  guideFor: (streams) => `${streams} 的参考值`,
  received: (traffic) => `接收 ${traffic}`,
  sent: (traffic) => `发送 ${traffic}`,
  leastOne: '每台机器至少 1 个',
  system: (memory, others) => `${memory}（每台${others ? '其他' : ''}机器的系统）`,
  second: (bitrate) => `${bitrate} 的一秒数据`,
  link: (fullest, share, link) => `流量较大方向的 ${fullest} / ${share}，${link} 可容纳`,
  encoding: (guide) => `${guide}：单台机器上从 13 个起可考虑，从 17 个起推荐，从 25 个起必需；可减轻 CPU 50 至 70 % 的负载`,
  notEncoded: '原样转发的流不需要编码',
  machines: (traffic, cores, encoded) => `取 ${traffic}、转发所需核心 ${cores}${encoded === null ? '' : `、单台机器编码的 ${encoded}`} 中的最大值，向上取整`,
  sources: {
    guide: '某 MediaServer 项目的 RTSP 转 WebRTC（含编码）选型参考，每台机器 1 至 40 个流（2026 年 1 月）。未注明码率：按普通摄像机计。',
    measured:
      'MediaMTX 1.20.1，2.6 GHz 的 AMD EPYC 单核，每个流 5 Mbit/s：6 个推流端（RTSP，TCP）每 Mbit/s 占一个核心的 0.136 %；24 个读取端（RTSP，TCP）0.079 %，12 个读取端（SRT）0.29 %；无读取端时内存 46 MB，每个读取端 RTSP 增加 0.12 MB，SRT 增加 1.6 MB。',
    arithmetic: '根据输入计算。',
  },
}
