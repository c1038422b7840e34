import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { PlanWords } from './planWords.ts'

const say = sayIn('zh')

export const zh: Rest<PlanWords> = {
  range: (from, to) => `${from} 至 ${to}`,
  streams: (count) => `${say.number(count)} 个流`,
  readers: (count) => `${say.number(count)} 个读取端`,
  guideFor: (streams) => `${streams} 的参考值`,
  received: (traffic) => `接收 ${traffic}`,
  sent: (traffic) => `发送 ${traffic}`,
  system: (memory, others) => `${memory}（每台${others ? '其他' : ''}机器的系统）`,
  second: (bitrate) => `${bitrate} 的一秒数据`,
  link: (fullest, share, link) => `流量较大方向的 ${fullest} / ${share}，${link} 可容纳`,
  encoding: (guide) => `${guide}：单台机器上从 13 个起可考虑，从 17 个起推荐，从 25 个起必需；可减轻 CPU 50 至 70 % 的负载`,
  machines: (traffic, cores, encoded) => `取 ${traffic}、转发所需核心 ${cores}${encoded === null ? '' : `、单台机器编码的 ${encoded}`} 中的最大值，向上取整`,
}
