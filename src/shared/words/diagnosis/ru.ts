import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { behindColon, joined, where } from '../texts.ts'
import type { DiagnosisWords } from './diagnosisWords.ts'

const say = sayIn('ru')
const onPort = (port: number | null) => (port === null ? '' : ` (порт ${port})`)
const inDays = (count: number) => `через ${say.count(count, { one: 'день', few: 'дня', many: 'дней', other: 'дня' })}`

export const ru: Rest<DiagnosisWords> = {
  stateIs: (state) => `Состояние: ${state}.`,
  found: {
    resolved: ({ addresses }) => `Адрес: ${addresses.join(', ')}.`,
    maybeOff: ({ setting }, door) =>
      `${door}: на обычном порту ответа нет. Конфигурацию прочитать не удалось: возможно, выключено («${setting}») или порт другой.`,
    switchedOff: ({ setting }, door) => `${door}: выключено в конфигурации («${setting}»).`,
    loopbackOnly: ({ bound }, door) => `${door}: принимает соединения только с самого сервера (${bound}).`,
    certificate: ({ names, issuer, validTo, chain, pinned, daysLeft }) =>
      joined(
        `Для ${names || 'никакого имени'}, издатель: ${issuer || 'нет'}, в цепочке ${say.count(chain, { one: 'сертификат', few: 'сертификата', many: 'сертификатов', other: 'сертификата' })}.`,
        daysLeft === null ? `Действителен до ${say.momentOf(validTo)}.` : `Истекает ${inDays(daysLeft)}, ${say.momentOf(validTo)}.`,
        pinned && 'Это закреплённый сертификат.',
      ),
    apiAnswers: ({ version }) => (version === null ? 'Отвечает; версия старше 1.15.2.' : `MediaMTX ${version} отвечает.`),
    rtspAnswers: ({ methods }) => (methods.length === 0 ? 'Отвечает.' : `Отвечает: ${methods.join(', ')}.`),
    otherProgram: (_, door) => (door === '' ? 'Отвечает не то, что ожидалось.' : `То, что отвечает, не говорит по протоколу ${door}.`),
    processRuns: ({ pid, startedAt }) => joined(`MediaMTX работает (процесс ${pid}).`, startedAt !== null && `С ${say.momentOf(startedAt)}.`),
    processUnclear: ({ count }) => `Медиасерверов там: ${say.number(count)}; какой из них этот, неясно.`,
    processMissing: ({ active, result, exitStatus }) =>
      joined(
        'Медиасервер там не работает.',
        active !== null &&
          `Состояние unit: ${active || 'неизвестно'} (${result || 'без результата'}${exitStatus === null ? '' : `, код выхода ${exitStatus}`}).`,
      ),
    hostPorts: ({ listening, loopback, missing }) =>
      joined(
        listening.length > 0 && `Слушают порты: ${listening.map(({ port, user }) => `${port} (${user})`).join(', ')}.`,
        loopback.length > 0 && `Только на самой машине: ${loopback.map(({ port }) => port).join(', ')}.`,
        missing.length > 0 && `Никто не слушает: ${missing.map(({ port }) => port).join(', ')}.`,
        listening.length + loopback.length + missing.length === 0 && 'На этой машине нет ни одного из его портов.',
      ),
    logSays: ({ from, closed }) =>
      joined(from === 'journal' ? 'Прочитан системный журнал.' : 'Прочитан файл журнала.', closed !== null && `Почему ушёл последний публикатор: ${closed}.`),
    streamIs: ({ codecs, readers, said }) =>
      joined(
        codecs.length > 0 && `Дорожки: ${codecs.join(', ')}.`,
        readers !== null && `${say.count(readers, { one: 'зритель', few: 'зрителя', many: 'зрителей', other: 'зрителя' })}.`,
        said !== null && `Сервер сообщает: ${said}`,
      ),
    noSuchStream: ({ configured }) => (configured === false ? 'На сервере нет такого потока, и путь для него не настроен.' : 'На сервере нет такого потока.'),
    mayNotPublish: ({ status, who, proxied }) =>
      joined(
        `Пользователь этой консоли не может публиковать сюда (${status}); о других это ничего не говорит.`,
        who === 'users' && 'По конфигурации это могут только определённые пользователи или адреса.',
        proxied && 'Отказывает не MediaMTX, судя по ответу: перед ним стоит прокси.',
      ),
    nobodyMayPublish: ({ status }) => `Ни один пользователь конфигурации не может публиковать сюда${where(status?.toString(), (code) => ` (WHIP ${code})`)}.`,
    publisherWas: ({ address, endedAt, bytes }) =>
      joined(`Адрес: ${address ?? 'неизвестен'}, до ${say.momentOf(endedAt)}.`, bytes !== null && `Принято: ${say.size(bytes)}.`),
    described: ({ media }) => (media.length === 0 ? 'Чтение возможно.' : `Чтение возможно: ${media.join(', ')}.`),
    rtspRefused: ({ status, message, credentials }) =>
      status === 401
        ? `Отказ (401)${credentials ? ' с учётными данными этой консоли' : ': нужны учётные данные'}.`
        : `Отказ: ${status}${where(message, (words) => ` ${words}`)}.`,
    webRefused: ({ status, message, credentials }) =>
      status === 401 || status === 403
        ? `Отказ (${status})${credentials ? ' с учётными данными этой консоли' : ': нужны учётные данные'}.`
        : `Отказ: ${status}${where(message, (words) => ` (${words})`)}.`,
    playlist: ({ longestSegmentSeconds, lowLatency }) =>
      joined(
        longestSegmentSeconds !== null && `Сегменты длиной до ${say.number(longestSegmentSeconds)} с.`,
        lowLatency ? 'HLS с малой задержкой.' : 'Без малой задержки: плееры отстают на несколько сегментов.',
      ),
    noSegment: ({ seconds }) =>
      seconds === null
        ? 'Страница ответила, но сегмент вовремя не появился: вероятно, ключевые кадры редки.'
        : `Сегменты заканчиваются на ключевых кадрах, а между ними ${say.number(seconds)} с и больше.`,
    notCarried: ({ codecs }, door) => `Не проверялось: ${door} не передаёт ни одной из дорожек (${codecs.join(', ')}).`,
  },
  verdicts: {
    nameUnknown: ({ host }) => [`Имя ${host} не разрешается.`, 'Проверьте написание и DNS этой машины или используйте IP-адрес.'],
    hostSilent: ({ host }) => [
      `По адресу ${host} не отвечает ни один порт.`,
      'Машина выключена, или сеть, VPN либо межсетевой экран по пути отбрасывают всё: сначала попробуйте достичь её другим способом.',
    ],
    nothingListens: ({ host }) => [
      `${host} на месте, но ни один порт MediaMTX не открыт: он не запущен.`,
      'Посмотрите службу и журнал на машине («systemctl status mediamtx»). Если он завершился сразу при запуске, возможно, порт занят («address already in use»).',
    ],
    portInUse: ({ port, protocol }) => [
      `MediaMTX не работает: при запуске порт ${port} (${protocol.toUpperCase()}) был занят.`,
      'Найдите эту программу на машине («ss -ltnup»), назначьте одной из двух другой порт и запустите MediaMTX.',
    ],
    processEnded: ({ host, active, exitStatus, said }) => [
      joined(
        `MediaMTX не работает на ${host}.`,
        active !== null && `Состояние unit: ${active || 'неизвестно'}${exitStatus === null ? '' : `, код выхода ${exitStatus}`}.`,
        said !== null && `Последняя строка журнала: ${said}`,
      ),
      'Запустите его («systemctl start mediamtx») и посмотрите журнал, если он снова завершится.',
    ],
    firewalled: ({ door, port }, name) => [
      `${name(door)} слушает на хосте порт ${port}, но отсюда он закрыт: между ними межсетевой экран.`,
      `Откройте его на хосте («nft list ruleset», «ufw status») и в сети${door === 'srt' ? ' (UDP)' : ''}.`,
    ],
    portTaken: ({ door, port }, name) => [
      `MediaMTX не работает, а порт ${name(door)}${onPort(port)} занят другой программой: если занят хотя бы один порт, MediaMTX завершается при запуске.`,
      'Найдите эту программу на машине («ss -ltnp»), назначьте одной из двух другой порт и запустите MediaMTX.',
    ],
    apiElsewhere: ({ api }) => [`API не там, где спрашивает эта консоль, а по адресу ${api}.`, 'Укажите этот адрес для сервера.'],
    apiOff: ({ port }) => [
      `MediaMTX работает, но его API не слушает${onPort(port)}.`,
      'Включите его в mediamtx.yml («api: yes») и откройте для этой консоли (apiAddress).',
    ],
    apiFiltered: ({ port }) => [
      `MediaMTX работает, но порт API${onPort(port)} совсем не отвечает: межсетевой экран отбрасывает пакеты.`,
      'Откройте его от этой консоли к серверу.',
    ],
    doorLoopback: ({ door, setting, bound }, name) => [
      `${name(door)}: принимает соединения только с самого сервера (${bound}).`,
      `Чтобы подключаться извне, уберите адрес из ${setting}Address в mediamtx.yml.`,
    ],
    doorRefuses: ({ door, port }, name) => [
      `${name(door)}: включено, но никто не слушает${onPort(port)}.`,
      'Конфигурацию изменили без перезапуска, порт отображён иначе (контейнер) или его не удалось открыть: посмотрите журнал.',
    ],
    doorSilent: ({ door, port }, name) => [
      `${name(door)}: включено, но порт${onPort(port)} не отвечает: он фильтруется между консолью и сервером.`,
      `Откройте его в межсетевых экранах по пути${door === 'srt' ? ' (UDP)' : ''}. Другие могут его достигать там, где мы не можем.`,
    ],
    doorOther: ({ door, port }, name) => [
      `Отвечает другая программа, а не ${name(door)} от MediaMTX${onPort(port)}.`,
      'Две программы настроены на этот порт, или прокси ведёт в другое место: дайте одной из них другой порт.',
    ],
    pathNotConfigured: ({ path }) => [
      `В конфигурации нет пути для ${path}: публикация и чтение заканчиваются ошибкой (500).`,
      'Добавьте путь в mediamtx.yml или «all_others:» для всех имён.',
    ],
    sourceFails: ({ path, said }) => [
      `Сервер сам забирает ${path}, но источник ничего не даёт${behindColon(said)}${said === null ? '.' : ''}`,
      'Проверьте адрес и учётные данные источника и то, что сервер его достигает.',
    ],
    publishingForbidden: ({ path, status }) => [
      `Ни один пользователь конфигурации не может публиковать ${path}: любому будет отказано${where(status?.toString(), (code) => ` (WHIP ${code})`)}.`,
      'Дайте пользователю кодера право «action: publish» на этот путь в authInternalUsers файла mediamtx.yml.',
    ],
    publisherLost: ({ path, door, address, at, said }, name) => [
      `Публикатор ${path} (${name(door)}${where(address, (from) => `, ${from}`)}), отключился (${say.momentOf(at)}) и не вернулся.${where(said, (reason) => ` Журнал сервера: ${reason}.`)}`,
      'Посмотрите кодер и сеть между ним и сервером. В журнале сервера за это время указана причина конца соединения («closed:»).',
    ],
    publishingRefused: ({ path, status, proxied }) => [
      `Никто не публикует ${path}, а без верных учётных данных сервер отказывает (WHIP ${status}).`,
      proxied
        ? 'Отказывает, судя по ответу, не MediaMTX: сначала посмотрите прокси перед ним.'
        : 'Проверьте имя и пароль кодера и есть ли у этого пользователя право «action: publish» на путь.',
    ],
    nobodyPublishes: ({ path }) => [
      `Сервер работает, но никто не публикует ${path}.`,
      'Проверьте кодер: запущен ли он, тот ли сервер, имя и пользователь с правом публикации? Если он пытался, причина отказа есть в журнале сервера.',
    ],
    stalled: ({ path }) => [
      `${path} подключён, но ничего не передаёт.`,
      'Посмотрите кодер и его сеть: соединение есть, данных нет. Если он не вернётся, отключите его сеанс.',
    ],
    readingRefused: ({ door }, name) => [
      `${name(door)}: с учётными данными этой консоли чтение не разрешено.`,
      'Дайте этому пользователю в mediamtx.yml право «action: read» на путь. Другие пользователи, возможно, допускаются.',
    ],
    readingFails: ({ door, status, message }, name) => [
      `${name(door)}: поток не отдаётся: ${status}${where(message, (words) => ` (${words})`)}.`,
      'Посмотрите журнал сервера за этот момент.',
    ],
    notCarried: ({ doors, codecs }, name) => [
      `Поток в эфире, но ни одну из его дорожек (${codecs.join(', ')}) нельзя прочитать по ${doors.map(name).join(' или ')}.`,
      codecs.includes('MPEG-TS')
        ? 'Читайте его по RTSP; если он публикуется по RTSP, можно задать его пути «rtspDemuxMpegts: yes» (с 1.17.0).'
        : 'Читайте его по RTSP, или пусть источник отправляет H264 и Opus или AAC.',
    ],
    noSegment: ({ seconds }) => [
      seconds === null
        ? 'Поток в эфире, но по HLS вовремя не появилось ни одного сегмента: вероятно, ключевые кадры редки.'
        : `Поток в эфире, но по HLS начинается поздно: сегменты заканчиваются на ключевых кадрах, а между ними ${say.number(seconds)} с и больше.`,
      'Пусть кодировщик отправляет ключевой кадр каждые 1–2 секунды (GOP). Насколько они редки, покажет проба.',
    ],
    delayHigh: ({ seconds, lowLatency }) => [
      joined(
        'Поток воспроизводится, но по HLS с опозданием.',
        seconds !== null && `Сегменты длиной до ${say.number(seconds)} с, потому что так редки ключевые кадры.`,
        !lowLatency && 'Малая задержка выключена.',
      ),
      joined(
        seconds !== null && 'Пусть кодер передаёт ключевой кадр (GOP) каждые 1–2 с.',
        !lowLatency && 'Задайте «hlsVariant: lowLatency» в mediamtx.yml или смотрите по WebRTC.',
      ),
    ],
    certificateEnds: ({ door, days }, name) => [`Всё отвечает. Сертификат (${name(door)}) истекает ${inDays(days)}.`, 'Обновите его заранее.'],
    waits: ({ path }) => [
      `Всё отвечает. ${path} работает по запросу и запускается, когда его кто-то читает.`,
      'Чтобы проверить источник, повторите диагностику и разрешите запуск.',
    ],
    unfinished: () => ['Слишком многое осталось без ответа, чтобы назвать причину.', 'Посмотрите шаги ниже и попробуйте ещё раз.'],
    allWell: ({ off, maybeOff }, name) => [
      joined(
        'Всё проверенное отвечает как положено.',
        off.length > 0 && `Выключено в конфигурации: ${off.map(name).join(', ')}.`,
        maybeOff.length > 0 && `Нет ответа на обычном порту, возможно, выключено: ${maybeOff.map(name).join(', ')}.`,
      ),
      '',
    ],
  },
  atDoor: (door) => `${door}: `,
}
