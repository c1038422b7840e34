import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DesktopWords } from './desktopWords.ts'

const say = sayIn('en')
const severities = { critical: 'critical', major: 'major', minor: 'minor', warning: 'warning' }

export const en: Rest<DesktopWords> = {
  alarms: (count, worst) => (count === 1 ? `1 open incident: ${severities[worst]}` : `${say.number(count)} open incidents, the worst is ${severities[worst]}`),
}
