import { formatSpan } from '../../units.ts'
import type { Rest } from '../catalogue.ts'
import { figuresIn } from '../metricText.ts'
import { sayIn } from '../say.ts'
import type { ReasonWords } from './reasonWords.ts'

const say = sayIn('ru')
const { labelOf, figure, changed } = figuresIn('ru')
const lookAround = 'Проверьте машину и сеть.'

/** Reasons that are a state alone. */
const states = {
  stream: {
    live: 'Поток в эфире.',
    slate: 'В эфире заставка.',
    waiting: 'Поток ожидает: публикации нет.',
    stalled: 'Соединение есть, но данные не поступают.',
    gone: 'Поток пропал.',
    unknown: 'Состояние неизвестно.',
    ended: 'Поток завершён.',
  },
  server: {
    down: 'Сервер не отвечает.',
    halted: 'Опрос остановлен: учётные данные не приняты.',
    paused: 'Опрос приостановлен.',
    unknown: 'Состояние неизвестно.',
  },
  host: {
    down: 'Хост не удаётся прочитать.',
    waiting: 'Хост отказывает в доступе.',
    paused: 'Чтение приостановлено.',
  },
}

function listed(paths: readonly string[], all: number): string {
  const named = paths.slice(0, 10)
  return `${named.join(', ')}${all > named.length ? ` и ещё ${say.number(all - named.length)}` : ''}`
}

export const ru: Rest<ReasonWords> = {
  reasons: {
    senderLeft: ({ pulled }) => (pulled ? 'Источник потерян.' : 'Публикация прекращена.'),
    packetsLost: ({ count, estimated }) =>
      `За последнюю минуту безвозвратно потеряно ${estimated ? 'около ' : ''}${say.count(count, estimated ? { one: 'пакета', other: 'пакетов' } : { one: 'пакет', few: 'пакета', many: 'пакетов', other: 'пакета' })}${estimated ? ' (оценка)' : ''}.`,
    offUsual: ({ metric, value }) => `${labelOf(metric)}: ${figure(value, metric, null)}.`,
    changedFast: ({ metric, per, change, isRelative, withinMs, limit }) => {
      const amount = (by: number) => changed(Math.abs(by), metric, isRelative ? '%' : per)
      return `${labelOf(metric)}: ${change < 0 ? 'падение' : 'рост'} на ${amount(change)} за ${say.duration(withinMs)}; предел ${amount(limit)}.`
    },
    figureAbsent: ({ metric }) => `${labelOf(metric)}: значения нет.`,
    streamsAbsent: ({ patterns }) => `Не в эфире: ${patterns.join(', ')}.`,
    streamInState: ({ state }) => states.stream[state],
    serverInState: ({ state }) => states.server[state],
    hostInState: ({ state }) => states.host[state],
    flapping: ({ losses, withinMs }) => `Нестабильно: за ${formatSpan(withinMs, 'ru')} терялось и возвращалось: ${say.number(losses)}.`,
    streamsLost: ({ lost, of, isReturn, paths }) =>
      `${isReturn ? 'Не вернулось вместе с сервером' : 'Ушло за минуту'} потоков: ${say.number(lost)} из ${say.number(of)} (${listed(paths, lost)}).`,
    pollingSlowed: ({ askedSeconds, everySeconds, bytes }) =>
      `Опрашивается раз в ${say.duration(everySeconds * 1000)}, а не раз в ${say.duration(askedSeconds * 1000)}: его ответы занимают ${say.size(bytes, 'MB')}, и более частый опрос отнял бы у него больше ЦП, чем допустимо.`,
    messageRefused: ({ channels }) => `Сообщение о тревоге отложено: ${channels.join(', ')} — не принято.`,
    channelUnreachable: ({ channels }) => `Сообщения о тревогах ждут: нет связи с ${channels.join(', ')}.`,
    channelPaused: ({ channels, since }) =>
      `Сообщения через ${channels.join(', ')} приостановлены с ${say.moment(since)}, и есть ожидающие. Если о паузе забыли, возобновите их: «Тревоги › Каналы».`,
    drillFailed: ({ channels }) => `Учебная тревога не дошла: ${channels.join(', ')}.`,
  },
  limits: {
    is: (label, figure) => `${label}: ${figure}`,
    multiple: (label, times, per) => `${label}: ${times} × ${per}`,
    said: {
      'path.notRecorded': (time) => `Нет записи в течение ${time}`,
      'path.lossMs': (time) => `Потери пакетов в течение ${time}`,
      'probe.blackMs': (time) => `Чёрный кадр в течение ${time}`,
      'probe.oneColourMs': (time) => `Одноцветный кадр в течение ${time}`,
      'probe.colourBarsMs': (time) => `Цветные полосы в течение ${time}`,
      'probe.frozenMs': (time) => `Стоп-кадр в течение ${time}`,
      'probe.noMotionMs': (time) => `Нет движения в течение ${time}`,
      'probe.silentMs': (time) => `Нет звука в течение ${time}`,
      'path.recordingMissing': (time) => `За последний час в записи не хватает ${time}`,
      'path.framesInError': (count) => `Кадры с ошибками: до ${count} за опрос`,
      'path.framesDiscarded': (count) => `Кадры, отброшенные из-за медленных читателей: до ${count} за опрос`,
      'path.forwardsFailing': (count, value) => (value === 1 ? 'Пересылка не удаётся: 1 назначение' : `Пересылка не удаётся, назначений: до ${count}`),
      'path.readers': (count, value) => (value === 0 ? 'Никто не читает' : `Читателей: ${count}`),
      'path.people': (count, value) => (value === 0 ? 'Никто не смотрит; машины не в счёт' : `Зрителей: ${count}`),
      'server.certificateDays': (_, value) => {
        const days = (count: number) => say.count(Math.floor(count), { one: 'день', few: 'дня', many: 'дней', other: 'дня' })
        return value < 0
          ? `Сертификат истёк ${days(-value)} назад`
          : value < 1
            ? 'Сертификат истекает в течение суток'
            : `Сертификат истекает через ${days(value)}`
      },
      'server.clockSkew': (time, value) => `Часы ${value < 0 ? 'отстают' : 'спешат'} на ${time}`,
      'host.clockSkew': (time, value) => `Часы ${value < 0 ? 'отстают' : 'спешат'} на ${time}`,
      'host.udpBufferErrors': (rate) => `Датаграммы UDP, отброшенные из-за полных буферов приёма: до ${rate}`,
      'device.used': (share) => `Занято ${share}`,
      'probe.elsewhereUp': (share, value) => (value === 0 ? 'Другие консоли его не читают' : `Его читают только ${share} других консолей`),
      'probe.gopLongestMs': (time) => `Между ключевыми кадрами до ${time}`,
      'probe.clipped': (share) => `Перегружено ${share} звука`,
      'probe.loudnessOffset': (by, value) => `${value < 0 ? 'Тише' : 'Громче'} цели на ${by}`,
      'probe.tsErrors': (count) => `Ошибки TS приоритета 1: до ${count} за проверку`,
      'probe.differences': (count) => `Свойства, которые не соответствуют договору: ${count}`,
      'probe.audioAhead': (time, value) => `Звук ${value < 0 ? 'отстаёт от видео' : 'опережает видео'} на ${time}`,
      'probe.canaryDelay': (time) => `Тестовый сигнал приходит с опозданием ${time}`,
      'probe.canarySoundAhead': (time, value) => `Звук тестового сигнала ${value < 0 ? 'отстаёт от изображения' : 'опережает изображение'} на ${time}`,
    },
    plain: (clause) => `${clause}.`,
    withLimit: (clause, limit) => `${clause}; предел ${limit}.`,
    latency: (times) => `Задержка SRT: ${times} × круговая задержка; ниже 3 × пакеты теряются.`,
    heals: (label, side, figure) => `Устранено, только если также ${label} ${side === 'below' ? 'ниже' : 'выше'} ${figure}.`,
  },
  todo: {
    serverDown: lookAround,
    serverHalted: lookAround,
    serverSilent: lookAround,
  },
}
