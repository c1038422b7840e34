import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { FileFaultWords } from './fileFaultWords.ts'

const say = sayIn('zh')
const held = { samples: '采样', minutes: '分钟值', quarterHours: '15 分钟值', twoHours: '2 小时值', bundle: '数据包' }
const stored = { server: '已保存的服务器', host: '已保存的主机', probe: '已保存的探测', limit: '保留期限' }
const missing = { layout: '布局', subject: '对象', seal: '封存段', column: '列', rounds: '轮询', server: '服务器' }
const some = {
  alarms: (n: string) => `${n} 条告警无法读取`,
  sessions: (n: string) => `${n} 个会话块无法读取`,
  configurations: (n: string) => `${n} 份已保存的服务器配置无法读取`,
  pictures: (n: string) => `${n} 张图片缺失或与写入时不同`,
}

export const zh: Rest<FileFaultWords> = {
  faults: {
    quoted: ({ text }) => `“${text}”`,
    otherPeriod: ({ of, period }) => `其自身标明为 ${[held[of], period].filter(Boolean).join(' ')}`,
    missing: ({ what, no }) => `所指的${missing[what]}${no === null ? '' : ` ${no} `}不存在`,
    unreadable: ({ of, name }) => `${stored[of]} ${name} 无法读取`,
    someUnreadable: ({ of, count }) => some[of](say.number(count)),
  },
  held,
  ofSeal: (seal) => `（封存段 ${seal}）`,
}
