import { formatSpan } from '../../units.ts'
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

export const ru: ReasonWords = {
  reasons: {
    onDemand: () => 'Запускается, когда его кто-нибудь читает.',
    notBack: () => 'Публикатор ещё не вернулся.',
    judgedSoon: () => 'Отключился; должен ли он быть в эфире, станет ясно через несколько секунд по новейшей конфигурации.',
    goneBefore: () => 'Пропал ещё до запуска этой консоли.',
    noData: () => 'Соединение есть, но данные не поступают.',
    senderLeft: ({ pulled }) => (pulled ? 'Источник потерян.' : 'Публикация прекращена.'),
    sourceFailed: () => 'Источник отказал во время чтения.',
    notPulled: () => 'Серверу не удаётся получить источник.',
    notKept: () => 'Что было известно об этом тогда, не сохранено.',
    packetsLost: ({ count, estimated }) =>
      `За последнюю минуту безвозвратно потеряно ${estimated ? 'около ' : ''}${say.count(count, estimated ? { one: 'пакета', other: 'пакетов' } : { one: 'пакет', few: 'пакета', many: 'пакетов', other: 'пакета' })}${estimated ? ' (оценка)' : ''}.`,
    noAnswer: () => 'Сервер не отвечает.',
    limitCrossed: ({ metric, per, side, value, limit, clearWhen }) => {
      const heals =
        clearWhen === undefined
          ? ''
          : ` Устранено, только если также ${labelOf(clearWhen.metric)} ${clearWhen.side === 'below' ? 'ниже' : 'выше'} ${figure(clearWhen.limit, clearWhen.metric, null)}.`
      // Where any is too much, the limit says nothing.
      const crossed =
        limit === 0 && metric === 'path.forwardsFailing'
          ? value === 1
            ? 'Пересылка не удаётся: 1 назначение.'
            : `Пересылка не удаётся, назначений: до ${say.number(value)}.`
          : limit === 0
            ? `${labelOf(metric)}: в худший момент ${figure(value, metric, per)}.`
            : `${labelOf(metric)}: ${side === 'below' ? 'снижение' : 'рост'} до ${figure(value, metric, per)}, предел ${figure(limit, metric, per)}.`
      return `${crossed}${heals}`
    },
    offUsual: ({ metric, side, value }) => `${labelOf(metric)}: ${side === 'below' ? 'снижение' : 'рост'} до ${figure(value, metric, null)}.`,
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
    diskFilling: ({ mount, fullAt }) => `При нынешнем росте ${mount} заполнится к ${say.moment(fullAt)}.`,
    pollingSlowed: ({ askedSeconds, everySeconds, bytes }) =>
      `Опрашивается раз в ${say.duration(everySeconds * 1000)}, а не раз в ${say.duration(askedSeconds * 1000)}: его ответы занимают ${say.size(bytes, 'MB')}, и более частый опрос отнял бы у него больше ЦП, чем допустимо.`,
    apiOpen: () => 'Его API отвечает без пароля каждому, кто до него доберётся.',
    messageRefused: ({ channels }) => `Сообщение о тревоге отложено: ${channels.join(', ')} — не принято.`,
    channelUnreachable: ({ channels }) => `Сообщения о тревогах ждут: нет связи с ${channels.join(', ')}.`,
    mediaFailing: () => 'Эта консоль не может читать потоки: состояние проб неизвестно, снимки не делаются.',
    drillFailed: ({ channels }) => `Учебная тревога не дошла: ${channels.join(', ')}.`,
    serverDown: () => 'Его сервер не отвечает.',
    serverHalted: () => 'Опрос его сервера остановлен: учётные данные не приняты.',
    serverPaused: () => 'Опрос его сервера приостановлен.',
    notAsked: () => 'Его сервер ещё не опрошен.',
    consoleAway: () => 'Эта консоль спала или была без сети.',
    notRunning: ({ from, to }) => `В этот момент ничего не записано: mtxdeck не работал с ${say.moment(from)} по ${say.moment(to)}.`,
    slept: ({ from, to }) => `В этот момент ничего не записано: консоль спала с ${say.moment(from)} по ${say.moment(to)}.`,
    notRecorded: () => 'В этот момент ничего не записано.',
    nothingKept: () => 'Об этом моменте ничего не сохранено.',
  },
  todo: {
    serverDown: lookAround,
    serverHalted: lookAround,
    serverSilent: lookAround,
    streamGone: 'Проверьте кодер или камеру и их сеть.',
    streamStalled: 'Завис источник или его сеть: перезапустите кодер.',
    slateOnAir: 'Запустите публикацию.',
    onDemandFailed: 'Проверьте, отвечает ли камера; при следующем чтении будет новая попытка.',
    sourceFailing: 'Проверьте адрес источника в mediamtx.yml и отвечает ли камера.',
    packetsLost: 'Проверьте сеть между источником и сервером и не останавливался ли сам сервер; для SRT увеличьте задержку.',
  },
}
