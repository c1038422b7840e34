import { formatSpan } from '../../units.ts'
import { takerName } from '../acknowledgingText.ts'
import type { Rest } from '../catalogue.ts'
import { reasonText } from '../reasonText.ts'
import { sayIn } from '../say.ts'
import type { AlarmWords } from './alarmWords.ts'

const say = sayIn('ru')
const because = {
  server: 'оценить нельзя: неисправен сам сервер',
  host: 'оценить нельзя: хост недоступен',
  probe: 'оценить нельзя: проба не может прочитать поток',
  paused: 'выведена из работы: опрос сервера приостановлен',
  console: 'оценить нельзя: консоль только что запущена, была в спящем режиме или без сети',
  maintenance: 'идут работы: оценивается, но до конца окна не сообщается',
}

const closings = {
  healed: 'закрыта: устранена, и об этом известно',
  removed: 'закрыта: больше не наблюдается',
  rule: 'закрыта: правило изменено и её больше не касается',
}

export const ru: Rest<AlarmWords> = {
  raised: ({ trouble, severity }, names) => `началась: ${names.trouble(trouble)}, ${names.severity(severity)}`,
  returned: ({ trouble, severity }, names) => `возобновилась: ${names.trouble(trouble)}, ${names.severity(severity)}`,
  turned: ({ trouble, severity }, names) => `сменилась на: ${names.trouble(trouble)}, ${names.severity(severity)}`,
  why: ({ why }) => `теперь сообщает: ${reasonText(why, 'ru')}`,
  healed: ({ unexpected }) => (unexpected === true ? 'завершена: поток не в эфире, и его не ждут' : 'устранена'),
  suppressed: (change) => because[change.because],
  acknowledged: ({ by, link, until }) => `квитирована: ${takerName({ by, link }, 'ru')}${until === null ? '' : `, до ${say.moment(until)}`}`,
  unacknowledged: ({ by }) => (by === null ? 'квитирование закончилось само' : `квитирование снято: ${by}`),
  shelved: ({ by, until, reason, endsHealedForMs }) =>
    `отложена: ${by}, до ${say.moment(until)}${endsHealedForMs === null ? '' : ` или пока не пройдёт ${formatSpan(endsHealedForMs, 'ru')} после устранения`}: «${reason}»`,
  unshelved: ({ by }) => (by === null ? 'срок откладывания истёк' : `возвращена из отложенных: ${by}`),
  closed: (change) => closings[change.because],
}
