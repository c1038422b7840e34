import { formatFixed, formatSpan } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { SizingWords } from './sizingWords.ts'

const say = sayIn('zh')

export const zh: Rest<SizingWords> = {
  why: {
    needsData: ({ minutes }) => `还需要主机及其服务器 ${say.number(minutes)} 分钟的数据。`,
  },
  readers: (count) => `${count} 个读取端`,
  usual: (load) => `；一个普通的流有 ${load}`,
  now: (value) => `当前 ${value}`,
  nowOf: (value, total) => `当前 ${value}，共 ${total}`,
  limit: (percent) => `上限为 ${percent}`,
  growth: {
    notKnown: ({ ms }) => `历史不足 ${formatSpan(ms, 'zh')}，增长未知`,
    grows: ({ percentADay, spanMs }) => `每天增长上限的 ${formatFixed(percentADay, 2, 'zh')} %（Theil–Sen，跨度 ${say.duration(spanMs)}）`,
  },
  oneStream: (cost) => `每个流：${cost}`,
  disk: (used, size) => `当前 ${used}，共 ${size}；按最多 7 天的斜率（Theil–Sen）达到 100 % 时即满`,
}
