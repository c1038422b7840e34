import { settingChangeText } from '../../configurationLevels.ts'
import { isReconnect } from '../../events.ts'
import type { PathEditOutcome } from '../../pathChanges.ts'
import type { Rest } from '../catalogue.ts'
import { verdictText } from '../diagnosisText.ts'
import { hostErrorWhat, serverErrorWords } from '../errorText.ts'
import { fileFaultsText } from '../fileFaultText.ts'
import { isPulled, mediaWords, protocolWord } from '../media.ts'
import { pictureText } from '../pictureText.ts'
import { actReasonText, remedyActText } from '../remedyText.ts'
import { sayIn } from '../say.ts'
import { where } from '../texts.ts'
import { configurationCounts, damageWords, type EventWords, firstMistake, kindsWords, type Lasted, type Reader, type Sender, type Went } from './eventWords.ts'

const say = sayIn('ru')
const inRow = (names: readonly string[], more: number) => `${names.join(', ')}${more > 0 ? ` и ещё ${say.number(more)}` : ''}`
const streamsIn = (count: number) => say.count(count, { one: 'потоку', other: 'потокам' })
const streamsFrom = (count: number) => say.count(count, { one: 'потока', other: 'потоков' })

function senderOf({ sourceType, remoteAddr }: Sender): string {
  if (isPulled(sourceType)) return `Источник ${protocolWord(sourceType ?? '')}`
  if (remoteAddr !== null) return `Публикатор ${remoteAddr}`
  return sourceType === null ? 'Публикатор' : `Публикатор ${protocolWord(sourceType)}`
}
const midSender = (sender: Sender): string => senderOf(sender).replace(/^./, (letter) => letter.toLowerCase())
/** How long, in brackets behind what it is of. */
const forHowLong = (what: string, { minMs, maxMs }: Lasted) => (minMs === undefined || maxMs === undefined ? '' : ` (${what} ${say.interval(minMs, maxMs)})`)
const unseenWords = {
  silence: 'пока сервер был недоступен',
  restart: 'при перезапуске сервера',
  allAtOnce: 'вместе со всеми остальными на этом сервере',
}
/** `watching`: who was, where it ended, which are people only. */
function wentText(facts: Went, watching = 'читателей'): string {
  const sender = senderOf(facts)
  const lasted = forHowLong('был в эфире', facts)
  if (facts.onDemand) return `${sender} остановлен${lasted}: читателей нет.`
  if (facts.readersLost !== undefined)
    return `${sender} ${isPulled(facts.sourceType) ? 'отказал' : 'отключился'}${lasted}, ${watching} было: ${say.number(facts.readersLost)}.`
  return `${sender} ${isPulled(facts.sourceType) ? 'потерян' : 'отключился'}${facts.unseen === undefined ? lasted : ` ${unseenWords[facts.unseen]}`}.`
}
const readerOf = ({ type, remoteAddr, muxer }: Reader) =>
  muxer ? `Чтение по ${protocolWord(type)}` : `Читатель ${protocolWord(type)}${where(remoteAddr, (host) => ` ${host}`)}`
const storeNames = { main: 'База серверов и настроек', history: 'База истории', alarms: 'База закрытых тревог', sessions: 'База сеансов' }

const pathOutcomes: Readonly<Record<PathEditOutcome, string>> = {
  applied: '',
  partly: ' (сервер принял не всё)',
  refused: ' (сервер отказал)',
  unknown: ' (принял ли сервер, неизвестно)',
}
const kickedWords = { publisher: 'публикаторов', reader: 'читателей', mixed: 'сеансов' }

export const ru: Rest<EventWords> = {
  events: {
    serverUp: (facts, { name }) => (facts.minMs === undefined ? `${name} ответил впервые.` : `${name} снова отвечает${forHowLong('перерыв', facts)}.`),
    serverDown: ({ error, streams }, { name }) =>
      error.kind === 'unauthorized' && !error.tookBefore
        ? `${name} отказал в доступе; опрос остановлен.`
        : `${name} недоступен. ${serverErrorWords(error, 'ru').what}${streams ? ` ${say.count(streams, { one: 'поток неизвестен, но не пропал', few: 'потока неизвестны, но не пропали', many: 'потоков неизвестны, но не пропали', other: 'потока неизвестны, но не пропали' })}.` : ''}`,
    serverSilent: ({ minMs, maxMs }, { name }) => `${name} не отвечал, длительность: ${say.interval(minMs, maxMs)}.`,
    serverRestarted: (facts, { name }) =>
      'publishers' in facts
        ? `Все публикаторы сервера ${name} (${say.number(facts.publishers)}) одновременно отключились или подключились заново: сервер перезапущен, или прервалась его сеть.`
        : `${name} перезапущен${facts.agoMs < 1000 ? '' : `; когда это заметили, он работал уже ${say.duration(facts.agoMs)}`}.`,
    serverUpgraded: ({ before, after }, { name }) => `${name} обновлён с ${before} до ${after}. С этого момента читатели могут считаться иначе.`,
    certificateChanged: ({ after, validTo }, { name }) =>
      `API сервера ${name} предъявляет другой сертификат (${after.slice(0, 17)}…)${validTo === null ? '' : `, действителен до ${say.moment(validTo)}`}.`,
    serverConfigurationChanged: ({ setting, before, after, settings }, { name }) =>
      `Конфигурация сервера ${name}: ${settingChangeText(setting, before, after)}${settings > 1 ? ` и ещё ${say.count(settings - 1, { one: 'параметр', few: 'параметра', many: 'параметров', other: 'параметра' })}` : ''}.`,
    streamOn: ({ tracks, ...facts }) => {
      const away = forHowLong('перерыв', facts)
      return `${senderOf(facts)} ${away === '' ? 'в эфире' : `снова в эфире${away}`}${where(mediaWords(tracks), (words) => `: ${words}`)}.`
    },
    streamOff: (facts) => wentText(facts),
    streamEnded: (facts) => wentText(facts, 'зрителей'),
    streamStalled: ({ minMs, maxMs, ...facts }) => `Нет данных, длительность: ${say.interval(minMs, maxMs)}, хотя ${midSender(facts)} подключён.`,
    streamRecovered: (facts) => `${senderOf(facts)} снова передаёт данные${forHowLong('перерыв', facts)}.`,
    slateOn: (facts) =>
      facts.left ? `${senderOf(facts)} отключился${forHowLong('был в эфире', facts)}: заставка в эфире.` : 'Заставка в эфире: никто не публикует.',
    publisherChanged: ({ before, beforeType, after: host, sourceType }) => {
      const [from, to] = [beforeType, sourceType].map((type) => (type === null ? null : protocolWord(type)))
      const protocols = from === to || !from || !to ? '' : `, по ${to} вместо ${from}`
      const sender = { sourceType, remoteAddr: host }
      if (isReconnect({ before, after: host, sourceType })) return `${senderOf(sender)} подключился заново${protocols}.`
      return before !== null && host !== null
        ? `Публикатор сменился с ${before} на ${host}${protocols}.`
        : `Публикатор сменился: ${midSender(sender)}${where(before, (was) => `, раньше ${was}`)}${protocols}.`
    },
    codecChanged: ({ before, after }) => `Дорожки сменились с ${before} на ${after}.`,
    sizeChanged: ({ before, after }) => `Размер кадра сменился с ${before} на ${after}.`,
    forwardFailing: ({ destinations, all, lastError }) =>
      `Пересылка на ${inRow(destinations, all - destinations.length)} не удаётся${where(lastError, (said) => `; сервер сообщает: «${said}»`)}.`,
    forwardRecovered: ({ destinations, all, removed }) => {
      const to = inRow(destinations, all - destinations.length)
      return removed ? `Пересылка на ${to}, которая не удавалась, больше не настроена.` : `Пересылка на ${to} восстановлена.`
    },
    readerJoined: (facts) => `${readerOf(facts)} ${facts.muxer ? 'началось' : 'подключился'}.`,
    readerLeft: (facts) => `${readerOf(facts)} ${facts.muxer ? 'закончилось' : 'отключился'}${forHowLong('длительность', facts)}.`,
    sessionsKicked: ({ by, sessions, role, addresses, reason }) =>
      `${by}: отключено ${kickedWords[role]} — ${say.number(sessions)}${addresses.length === 0 ? '' : ` (${addresses.join(', ')})`}. Причина: ${actReasonText(reason, 'ru')}`,
    pathSettingsChanged: ({ by, reason, path, change, setting, before, after, settings, outcome, undone }) =>
      `${by}: ${undone ? 'отменено изменение параметров пути' : 'изменены параметры пути'}${pathOutcomes[outcome]}: ${
        setting === null ? `${change === 'remove' ? '−' : '+'} paths.${path}` : settingChangeText(`paths.${path}.${setting}`, before, after)
      }${settings > 1 ? ` и ещё ${say.count(settings - 1, { one: 'параметр', few: 'параметра', many: 'параметров', other: 'параметра' })}` : ''}. Причина: ${actReasonText(reason, 'ru')}`,
    diagnosed: ({ by, verdict }) => `Диагностика (${by}): ${verdictText(verdict, 'ru')}`,
    recordingsDeleted: ({ by, segments, failed, from, to, reason }) =>
      `${by}: удалено сегментов записи — ${say.number(segments)}, начало: ${from === to ? say.moment(from) : `с ${say.moment(from)} по ${say.moment(to)}`}${failed === 0 ? '' : ` (не удалось удалить: ${say.number(failed)})`}. Причина: ${reason}`,
    remedyActed: ({ rule, ...acted }) => `Действие правила ${rule}: ${remedyActText(acted, 'ru')}`,
    remedyArmed: ({ rule, armed, by, reason }) => `${by}: действие правила ${rule} ${armed ? 'включено' : 'выключено'}. Причина: ${reason}`,
    probeDown: ({ error }, { name }) => `${name} не читается. ${pictureText(error, 'ru')}`,
    probeUp: (facts, { name }) => `${name} снова читается${forHowLong('перерыв', facts)}.`,
    hostUp: (facts, { name }) =>
      facts.minMs === undefined ? `${name}: машина читается впервые.` : `${name}: машина снова читается${forHowLong('перерыв', facts)}.`,
    hostDown: ({ error }, { name }) => `${name}: машина недоступна. ${hostErrorWhat(error, 'ru')}`,
    hostKeyChanged: ({ error }, { name }) => `${name}: ${hostErrorWhat(error, 'ru')} Учётные данные не отправлены.`,
    hostKeyAccepted: ({ target, fingerprint }, { name }) => `${name}: новый ключ ${target ?? name} принят, ${fingerprint ?? ''}.`,
    hostRestarted: (_facts, { name }) => `${name}: машина перезапущена.`,
    mediaServerEnded: ({ pid }, { name }) => `Медиасервер на ${name} завершился: процесса ${pid} больше нет.`,
    mediaServerRestarted: ({ pid, before }, { name }) => `Медиасервер на ${name} перезапущен: вместо процесса ${before} работает процесс ${pid}.`,
    consoleGap: (facts, { at }) => {
      switch (facts.cause) {
        case 'notRunning': {
          const lasted = facts.stopped ? say.duration(at - facts.from) : say.interval(facts.minMs ?? at - facts.from, at - facts.from)
          return `mtxdeck запущен. До этого он не работал (${lasted}): об этом времени ничего не известно.`
        }
        case 'slept':
          return `Эта консоль спала ${say.duration(facts.sleptMs)}: об этом времени ничего не известно.`
        case 'noNetwork':
          return facts.begins ? 'У этой консоли нет сети: пока она не вернётся, о серверах ничего не известно.' : 'Эта консоль снова видит свои серверы.'
        default:
          return facts satisfies never
      }
    },
    ruleEdited: ({ rule, by, what }) =>
      `${by}: ${{ added: 'добавлено правило', changed: 'изменено правило', removed: 'удалено введённое о правиле' }[what]} ${rule}.`,
    channelEdited: ({ channel, by, what }) =>
      `${by}: ${{ added: 'добавлен', changed: 'изменён', removed: 'удалён', paused: 'приостановлен', resumed: 'возобновлён' }[what]} ${channel === null ? 'маршрут тревог' : `канал ${channel}`}.`,
    readinessEdited: ({ part, by, what }) =>
      part === 'heartbeat'
        ? `${by}: ${{ added: 'добавлен', changed: 'изменён', removed: 'удалён' }[what]} признак жизни.`
        : part === 'drill'
          ? `${by}: ${{ added: 'добавлена', changed: 'изменена', removed: 'удалена' }[what]} учебная тревога.`
          : `${by}: ${{ added: 'добавлен', changed: 'изменён', removed: 'удалён' }[what]} публичный адрес.`,
    configurationRead: (facts) => {
      const { added, changed, removed } = configurationCounts(facts)
      const part = (verb: string, names: readonly string[], count: number) => (count === 0 ? [] : [`${verb}: ${inRow(names, count - names.length)}`])
      const parts = [...part('добавлено', facts.added, added), ...part('изменено', facts.changed, changed), ...part('удалено', facts.removed, removed)]
      return `Файл конфигурации перечитан; ${parts.length === 0 ? 'ни серверы, ни машины не изменились' : parts.join('; ')}.`
    },
    configurationRefused: ({ first, problems }) =>
      `Изменённый файл конфигурации непригоден; действует то, что было прочитано раньше. ${firstMistake(first, 'ru')}${problems > 1 ? ` (и ещё ${say.number(problems - 1)})` : ''}`,
    storeDamaged: (facts, context) => damageWords(facts, context),
    valueRefused: (_facts, { path }) =>
      `Сервер прислал ${path === null ? 'значение' : `значение ${path}`}, слишком большое, чтобы быть верным. Оно сохранено как неизвестное.`,
    tooMuchSent: ({ count, changes, leftOutPaths, kinds }, { name, words }) => {
      const parts = [
        count > 0 ? `событий не перечислено по одному: ${say.number(count)} (${kindsWords(kinds, words, say)})` : null,
        leftOutPaths > 0 ? `пути со всё новыми именами пропущены, раз: ${say.number(leftOutPaths)}` : null,
        changes > 0 ? `из изменений путей (${say.number(changes)}) сохранены только последние` : null,
      ].filter((part) => part !== null)
      return `${name} прислал больше, чем хранится для одного сервера: ${parts.join('; ')}.`
    },
  },
  manyStreams: {
    streamOn: (count, server, list) => `${server}, потоков появилось: ${say.number(count)}${list}.`,
    streamOff: (count, server, list) => `${server}, потоков пропало: ${say.number(count)}${list}.`,
    streamEnded: (count, server, list) => `${server}, потоков завершено: ${say.number(count)}${list}.`,
    streamStalled: (count, server, list) => `${server}, потоков зависло: ${say.number(count)}${list}.`,
    streamRecovered: (count, server, list) => `${server}, потоков восстановлено: ${say.number(count)}${list}.`,
    slateOn: (count, server, list) => `${server}, потоков перешло на заставку: ${say.number(count)}${list}.`,
    publisherChanged: (count, server, list) => `${server}, потоков с другим или заново подключённым публикатором: ${say.number(count)}${list}.`,
    codecChanged: (count, server, list) => `${server}, потоков сменило дорожки: ${say.number(count)}${list}.`,
    sizeChanged: (count, server, list) => `${server}, потоков сменило размер кадра: ${say.number(count)}${list}.`,
    onAirBeyondPlan: (count, server, list) => `${server}, потоков в эфире вне часов плана: ${say.number(count)}${list}.`,
    forwardFailing: (count, server, list) => `${server}, потоков с неудачной пересылкой: ${say.number(count)}${list}.`,
    forwardRecovered: (count, server, list) => `${server}, потоков, пересылка которых больше не нарушена: ${say.number(count)}${list}.`,
  },
  listed: (names, more) => ` (${inRow(names, more)})`,
  manyReaders: {
    readerJoined: ({ readers, streams }, server) => `${server}, читателей подключилось: ${say.number(readers)}, к ${streamsIn(streams)}.`,
    readerLeft: ({ readers, streams }, server) => `${server}, читателей отключилось: ${say.number(readers)}, от ${streamsFrom(streams)}.`,
  },
  damage: {
    mainLost: ({ gone, setAside, backup }) =>
      `${storeNames.main} ${gone ? 'пропала' : 'повреждена'}.${where(setAside, (file) => ` То, что от неё было, лежит рядом под именем ${file}.`)} ${
        backup === null
          ? 'Годной резервной копии нет, начата пустая база: введите серверы заново.'
          : `Восстановлена резервная копия ${backup}: более поздних изменений нет.`
      }`,
    moved: ({ store, file, setAside }) =>
      setAside === null
        ? `${storeNames[store]} (${file}) удалена во время работы mtxdeck и записана заново из того, что ещё было открыто: всё сохранённое на месте.`
        : `${storeNames[store]} (${file}) во время работы mtxdeck заменена другим файлом. Он лежит рядом под именем ${setAside}, а база записана заново из того, что ещё было открыто. Чтобы восстановить резервную копию, сначала остановите mtxdeck.`,
    movedAtEnd: ({ store, file }) =>
      `${storeNames[store]} (${file}) перемещена во время работы mtxdeck, и mtxdeck завершился раньше, чем вернул её. Взята сделанная к тому времени копия: более поздних изменений нет.`,
    archive: ({ file, setAside, because }) =>
      `Файл ${file} был повреждён (${fileFaultsText(because, 'ru')}). Он отложен под именем ${setAside}; остальное не затронуто.`,
    day: ({ unreadableDay, because }) =>
      `Часть измерений за ${unreadableDay} (UTC) не читается: ${fileFaultsText(because, 'ru')}. Она показана пробелом; остальное за этот день на месте. Какие части, скажет «mtxdeck check».`,
    span: ({ from, minutes, whole, because }, { path }) =>
      `Данные (${whole ? 'одного сервера' : (path ?? 'самого сервера')}) за ${say.count(minutes, { one: 'минуту', few: 'минуты', many: 'минут', other: 'минуты' })} с ${say.moment(from)} не удалось сохранить (${fileFaultsText(because, 'ru')}), они потеряны. ${whole ? 'Данные остальных серверов сохранены.' : 'Всё остальное сохранено.'}`,
  },
}
