import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DesktopWords } from './desktopWords.ts'

const say = sayIn('ru')
const severities = { critical: 'критическая', major: 'значительная', minor: 'незначительная', warning: 'предупреждение' }

export const ru: Rest<DesktopWords> = {
  alarms: (count, worst) =>
    count === 1
      ? `1 открытый инцидент: ${severities[worst]}`
      : `${say.count(count, { one: 'открытый инцидент', few: 'открытых инцидента', many: 'открытых инцидентов', other: 'открытого инцидента' })}, самый тяжёлый: ${severities[worst]}`,
}
