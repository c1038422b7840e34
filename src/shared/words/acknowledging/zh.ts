import { sayIn } from '../say.ts'
import type { AcknowledgingWords } from './acknowledgingWords.ts'

const say = sayIn('zh')

export const zh: AcknowledgingWords = {
  byLink: ({ by, link }) => (by === '' ? `某人（通过 ${link} 的链接）` : `${by}（通过 ${link} 的链接）`),
  title: '确认告警',
  members: (count) => `${say.number(count)} 条告警`,
  more: (count) => `另有 ${say.number(count)} 条`,
  untaken: '尚无人确认。',
  partlyTaken: (count) => `其中 ${say.number(count)} 条告警尚无人确认。`,
  taken: ({ who, moment }) => `由 ${who} 于 ${say.momentOf(moment)} 确认。`,
  name: '您的姓名（选填）',
  nameHint: '其他人可以看到由谁处理。',
  button: '确认',
  over: (moment) => `已于 ${say.momentOf(moment)} 结束，无需再确认。`,
  nothingToTake: '目前没有需要确认的内容。',
  expired: '此链接已过期：有效期为一天。请使用较新消息中的链接，或打开 mtxdeck。',
  unknown: '控制台已不再保存此链接对应的事件。',
  invalid: '此链接无效。它可能在传送途中被截断，或控制台的设置此后已更改。请打开 mtxdeck 查看告警。',
  notConfirmed: '没有确认任何告警。请按下此页面上的按钮。',
  notStored: '控制台无法保存，因此没有确认任何告警。磁盘可能已满。请重试，或通知控制台的管理员。',
  tooMany: '来自您所在网络的请求过多。请一分钟后重试。',
}
