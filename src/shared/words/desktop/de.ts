import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DesktopWords } from './desktopWords.ts'

const say = sayIn('de')
const severities = { critical: 'kritisch', major: 'schwer', minor: 'leicht', warning: 'Warnung' }

export const de: Rest<DesktopWords> = {
  alarms: (count, worst) =>
    count === 1 ? `1 offener Vorfall: ${severities[worst]}` : `${say.number(count)} offene Vorfälle, der schlimmste: ${severities[worst]}`,
}
