import { formatSpan } from '../../units.ts'
import { takerName } from '../acknowledgingText.ts'
import type { Rest } from '../catalogue.ts'
import { reasonText } from '../reasonText.ts'
import { sayIn } from '../say.ts'
import type { AlarmWords } from './alarmWords.ts'

const say = sayIn('zh')
const because = {
  server: '无法判断：服务器本身有故障',
  host: '无法判断：无法读取其主机',
  probe: '无法判断：探测无法读取流',
  paused: '停用：已暂停轮询该服务器',
  console: '无法判断：本控制台刚启动、曾休眠或没有网络',
  maintenance: '维护中：照常判断，窗口结束前不通知',
}

const closings = {
  healed: '已关闭：故障已恢复且有人知悉',
  removed: '已关闭：不再监视',
  rule: '已关闭：规则已更改，不再适用',
}

export const zh: Rest<AlarmWords> = {
  raised: ({ trouble, severity }, names) => `发生：${names.trouble(trouble)}，${names.severity(severity)}`,
  returned: ({ trouble, severity }, names) => `再次发生：${names.trouble(trouble)}，${names.severity(severity)}`,
  turned: ({ trouble, severity }, names) => `变为：${names.trouble(trouble)}，${names.severity(severity)}`,
  why: ({ why }) => `现在显示：${reasonText(why, 'zh')}`,
  healed: ({ unexpected }) => (unexpected === true ? '已结束：该流已离线，且不要求在线' : '故障已恢复'),
  suppressed: (change) => because[change.because],
  acknowledged: ({ by, link, until }) => `由 ${takerName({ by, link }, 'zh')} 确认${until === null ? '' : `，至 ${say.moment(until)}`}`,
  unacknowledged: ({ by }) => (by === null ? '确认已自动结束' : `由 ${by} 撤销确认`),
  shelved: ({ by, until, reason, endsHealedForMs }) =>
    `由 ${by} 搁置至 ${say.moment(until)}${endsHealedForMs === null ? '' : `，或恢复满 ${formatSpan(endsHealedForMs, 'zh')}为止`}：“${reason}”`,
  unshelved: ({ by }) => (by === null ? '搁置已自动结束' : `由 ${by} 取消搁置`),
  closed: (change) => closings[change.because],
}
