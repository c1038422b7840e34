import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DesktopWords } from './desktopWords.ts'

const say = sayIn('zh')
const severities = { critical: '紧急', major: '重要', minor: '次要', warning: '提示' }

export const zh: Rest<DesktopWords> = {
  alarms: (count, worst) => (count === 1 ? `1 个未结束的事件：${severities[worst]}` : `${say.number(count)} 个未结束的事件，最高级别：${severities[worst]}`),
}
