import { formatFixed, formatSpan } from '../../units.ts'
import { sayIn } from '../say.ts'
import type { SizingWords } from './sizingWords.ts'

const say = sayIn('zh')

export const zh: SizingWords = {
  why: {
    notTied: () => '该主机未关联媒体服务器：请选择在其上运行的服务器。',
    noInterface: () => '未读取到网络接口。',
    steady: () => '服务器的负载变化不足，无法看出每个流的开销。',
    needsData: ({ minutes }) => `还需要主机及其服务器 ${say.number(minutes)} 分钟的数据。`,
  },
  each: { streams: '流', traffic: 'Mbit/s', readers: '读取端' },
  readers: (count) => `${count} 个读取端`,
  usual: (load) => `；一个普通的流有 ${load}`,
  cost: ({ line, moments, explains, perStream }) => `${line}（Theil–Sen，${moments} 个时刻，解释 ${explains}）= 每个流 ${perStream}`,
  costOf: { cpu: 'CPU：', memory: '内存：', network: '发送：' },
  now: (value) => `当前 ${value}`,
  nowOf: (value, total) => `当前 ${value}，共 ${total}`,
  limit: (percent) => `上限为 ${percent}`,
  growth: {
    notKnown: ({ ms }) => `历史不足 ${formatSpan(ms, 'zh')}，增长未知`,
    none: () => '没有增长',
    hardly: () => '几乎没有增长',
    grows: ({ percentADay, spanMs }) => `每天增长上限的 ${formatFixed(percentADay, 2, 'zh')} %（Theil–Sen，跨度 ${say.duration(spanMs)}）`,
  },
  oneStream: (cost) => `每个流：${cost}`,
  disk: (used, size) => `当前 ${used}，共 ${size}；按最多 7 天的斜率（Theil–Sen）达到 100 % 时即满`,
}
