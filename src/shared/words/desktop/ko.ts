import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import type { DesktopWords } from './desktopWords.ts'

const say = sayIn('ko')
const severities = { critical: '심각', major: '주요', minor: '경미', warning: '경고' }

export const ko: Rest<DesktopWords> = {
  alarms: (count, worst) =>
    count === 1 ? `진행 중인 인시던트 1건: ${severities[worst]}` : `진행 중인 인시던트 ${say.number(count)}건, 최고 심각도: ${severities[worst]}`,
}
