import { formatValue } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { begun } from '../texts.ts'
import type { CauseWords } from './causeWords.ts'

const say = sayIn('ru')
const percent = (value: number) => formatValue(value, 'percent', 'ru')
const names = new Intl.ListFormat('ru')

export const ru: Rest<CauseWords> = {
  causes: {
    publisherClosed: ({ bps }) => `его закрыл публикатор: до этого поступало ${formatValue(bps, 'bps', 'ru')} без потерь`,
    network: ({ lost, repaired, rttMs, latencyMs, windowMs }) =>
      `его сеть, за ${say.duration(windowMs)}: ${[
        ...(lost > 0 ? [`потеряно пакетов ${say.number(lost)}`] : []),
        ...(repaired > 0 ? [`отправлено повторно ${say.number(repaired)}`] : []),
      ].join(
        ', ',
      )}${rttMs === null || latencyMs === null ? '' : `, время обхода ${formatValue(rttMs, 'ms', 'ru')} при задержке ${formatValue(latencyMs, 'ms', 'ru')}`}`,
    unrecordable: ({ format, codecs }) => `ни одну из его дорожек нельзя записать в формате ${format}: ${codecs.join(', ')}`,
    processEnded: ({ pid, next }) => `процесс ${pid} медиасервера завершился${next === null ? '' : `, его сменил процесс ${next}`}`,
    hostBusy: ({ cpu }) => `хост загружен: ЦП ${percent(cpu)}`,
    udpErrors: ({ perSecond }) => `хост теряет данные UDP, ошибок буфера в секунду: ${say.number(Math.round(perSecond * 10) / 10)}`,
    diskBusy: ({ iowait }) => `хост ждёт диски ${percent(iowait)} времени`,
    diskFull: ({ mount, used }) => `диск ${mount} заполнен на ${percent(used)}`,
    framesDiscarded: ({ frames, windowMs }) => `читатели слишком медленные, за ${say.duration(windowMs)} отброшено кадров: ${say.number(frames)}`,
    othersLive: ({ live }) => `других потоков сервера в эфире: ${say.number(live)}`,
    readElsewhere: ({ at }) => `${names.format(at)} может его прочитать: неисправность на пути к этой консоли`,
    downElsewhere: ({ at }) => `${names.format(at)} тоже не может его прочитать`,
    canaryReadBy: ({ server, by }) => `канареечный поток ${server} читается по ${names.format(by)}: неисправность в других протоколах`,
    canaryReadByNone: ({ server, by }) => `канареечный поток ${server} опубликован, но не читается ни по одному из протоколов: ${names.format(by)}`,
    hostFine: ({ cpu }) => `хост не загружен: ЦП ${percent(cpu)}`,
  },
  sure: { seen: (clause) => clause, likely: (clause) => `${clause} (вероятно)`, possible: (clause) => `${clause} (возможно)` },
  sentence: (clauses) => `${begun(clauses.join('; '))}.`,
}
