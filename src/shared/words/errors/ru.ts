import type { HostFailure } from '../../errors.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { behindColon, inBrackets, where } from '../texts.ts'
import { type ErrorWords, limitSize, ownSentence } from './errorWords.ts'

const say = sayIn('ru')
const quotedWords = (said: HostFailure['said'], cause: string | null) => (said?.kind === 'quoted' ? ` («${cause}»)` : inBrackets(cause))
const seconds = (ms: number) => `${say.number(Math.round(ms / 100) / 10)} с`
const unreachable = {
  refused: 'Соединение отклонено: по этому адресу никто не отвечает.',
  noRoute: 'Нет маршрута до этой машины.',
  nameNotFound: 'Имя машины не найдено.',
  reset: 'Соединение закрыто до получения ответа.',
  connectTimeout: 'На попытку соединения никто не ответил.',
}
const unreachableTodo = (port: number) => ({
  refused: 'Проверьте, запущен ли MediaMTX и есть ли в mediamtx.yml «api: yes» и этот порт в apiAddress.',
  noRoute: 'Проверьте адрес, сеть и VPN на пути туда.',
  nameNotFound: 'Проверьте написание и DNS этой машины или укажите IP-адрес.',
  reset:
    'Попробуйте http:// вместо https:// или наоборот. Если не отвечает ни то ни другое, на пути может стоять прокси или брандмауэр, либо MediaMTX останавливается: смотрите его журнал.',
  connectTimeout: `Возможно, брандмауэр отбрасывает пакеты: откройте TCP-порт ${port} отсюда туда.`,
})

export const ru: Rest<ErrorWords> = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `Соединение есть, но ответа нет ${say.number(limitMs / 1000)} с.`,
    certificateUntrusted: ({ subject }) => `Сертификат (${subject || 'без имени'}) подписан не тем, кому доверяет эта система.`,
    certificateWrongName: ({ names }) => `Сертификат выдан на другое имя (${names || 'без имени'}).`,
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? 'Сервер не принимает пользователя или пароль, которые принимал раньше.'
          : `Сервер не принимает пользователя или пароль, которые принимал раньше. Он проверяет их через ${authServer}, который, возможно, недоступен.`
        : credentialsGiven
          ? 'Сервер не принял пользователя или пароль. Опрос остановлен, чтобы не вызвать блокировку.'
          : 'Сервер требует имя пользователя и пароль.',
    notMediaMtx: ({ server, contentType }) => `Отвечает не API MediaMTX${where(server, (name) => `, а ${name}`)} (${contentType || 'тип не указан'}).`,
    badReply: (_, detail) => `Ответ не читается: ${detail}.`,
    tooLarge: ({ limitBytes }) => `Ответ больше ${limitSize(limitBytes)}.`,
    httpStatus: ({ status, message }) => `Сервер ответил статусом ${status}${where(message, (words) => `: ${words}`)}.`,
    redirected: ({ status, location, isSignIn }) =>
      isSignIn
        ? `Сервер перенаправляет (${status}) на страницу входа ${location}: перед ним стоит шлюз, требующий входа.`
        : `Сервер перенаправляет (${status}) на ${location}.`,
    secretMissing: (_, detail) => `Секрет не читается: ${detail}.`,
    overdue: ({ ageMs }) => `Ни один опрос этого сервера не завершился за ${Math.round(ageMs / 1000)} с.`,
  },
  serverTodo: {
    badReply: ({ detail }) =>
      detail.kind === 'clientCertificateWanted'
        ? 'Введите в настройках сервера нужный клиентский сертификат вместе с ключом.'
        : 'Если на пути прокси, обратитесь к серверу напрямую. Иначе пришлите нам вывод «mtxdeck diagnose».',
    unreachable: ({ reason, port = 9997 }) => unreachableTodo(port)[reason],
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? 'Если они изменились, введите новые. mtxdeck повторяет попытку сам: через 1, 5 и далее каждые 15 минут.'
          : `Проверьте, работает ли ${authServer} и доступен ли он для MediaMTX. mtxdeck повторяет попытку сам: сначала сразу, затем каждые 15 минут.`
        : credentialsGiven
          ? 'Исправьте учётные данные (в файле конфигурации, если сервер задан там): опрос возобновится через несколько секунд.'
          : 'Добавьте в mediamtx.yml в authInternalUsers пользователя с правом «action: api» и укажите его здесь.',
    redirected: ({ isSignIn }) =>
      isSignIn
        ? 'Разрешите этой консоли проход через шлюз, например по её адресу: mtxdeck не может войти через страницу.'
        : 'Укажите адрес, на который он перенаправляет, или обойдите прокси.',
  },
  host: {
    noRoute: ({ target }, cause) => `Нет маршрута до ${target}${inBrackets(cause)}.`,
    timeout: ({ target }, cause) => `${target} не ответил вовремя${inBrackets(cause)}.`,
    notSsh: ({ target }, cause) => `По адресу ${target} отвечает не сервер SSH${behindColon(cause)}.`,
    authRefused: ({ target, user }, cause) => `${target} не впускает ${user ?? 'этого пользователя'}${behindColon(cause)}.`,
    keyUnusable: (_, cause) => `Закрытый ключ непригоден: ${cause ?? 'тип неизвестен'}.`,
    passphraseWrong: ({ said }, cause) => `${ownSentence(said, cause) ?? `Неверная парольная фраза закрытого ключа${inBrackets(cause)}`}.`,
    agentMissing: (_, cause) => `Агент SSH недоступен: ${cause ?? 'SSH_AUTH_SOCK не задан'}.`,
    hostKeyUnknown: ({ target, keyType, fingerprint }) => `Первый контакт с ${target}. Ключ: ${keyType ?? ''} ${fingerprint ?? ''}.`,
    hostKeyChanged: ({ target, keyType, fingerprint, knownFingerprint }) =>
      `${target} предъявил другой ключ: ${keyType ?? ''} ${fingerprint ?? ''}${where(knownFingerprint, (known) => `, известен ${known}`)}.`,
    jumpFailed: ({ target }, cause) => `Путь через ${target} не удался${behindColon(cause)}.`,
    shellMissing: ({ target, user, said }, cause) => `На ${target} нет оболочки POSIX для ${user ?? 'этого пользователя'}${quotedWords(said, cause)}.`,
    commandRefused: ({ target, user, said }, cause) => `${target} не выполняет команды для ${user ?? 'этого пользователя'}${quotedWords(said, cause)}.`,
    answerBroken: ({ target, said }, cause) => `Ответ ${target} не читается${quotedWords(said, cause)}.`,
    hung: ({ target }, cause) => `${target} замолчал посреди ответа${inBrackets(cause)}.`,
    closed: ({ target }, cause) => `Соединение с ${target} закрыто${cause ? `: ${cause}` : ' другой стороной'}.`,
    secretMissing: ({ said }, cause) => `${ownSentence(said, cause) ?? `Для этой машины нет учётных данных${inBrackets(cause)}`}.`,
    internal: ({ target }, cause) => `Сбой этой консоли при чтении ${target}${inBrackets(cause)}.`,
  },
  hostTodo: {
    keyUnusable: () => '',
    jumpFailed: () => '',
    closed: () => '',
    authRefused: (_, cause) => (cause ? '' : 'Проверьте имя пользователя и учётные данные.'),
    passphraseWrong: (_, cause) => (cause ? '' : 'Введите её заново.'),
    hostKeyUnknown: (_, cause) =>
      `Сравните его с ключом на машине («ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub») и примите. Учётные данные не отправлялись.${where(cause, (words) => ` ${words}.`)}`,
    hostKeyChanged: (_, cause) =>
      `${cause ?? 'Машину переустановили, или кто-то стоит посередине: спросите, кто ею управляет, прежде чем принять новый ключ'}. Учётные данные не отправлялись, до тех пор новых попыток не будет.`,
    secretMissing: (_, cause) => (cause ? '' : 'Введите их заново.'),
  },
  hostCauses: {
    noCommonAlgorithm: (_, because) => `у него нет общего с консолью алгоритма шифрования${inBrackets(because)}. Возможно, он слишком старый`,
    protocolBroken: (_, because) => `он нарушает протокол SSH${inBrackets(because)}`,
    brokeOffSigningIn: (_, because) => (because === null ? 'другая сторона разорвала его во время входа' : `${because} (во время входа)`),
    agentKeysRefused: ({ count }) =>
      `ни один из ключей агента SSH${count === null ? '' : ` (${say.number(count)})`} не принят. Добавьте один из них в ~/.ssh/authorized_keys этого пользователя`,
    noPasswords: ({ offered }) => `пароли не принимаются${where(offered, (methods) => `, только ${methods}`)}. Используйте ключ или агент`,
    noKeys: ({ offered }) => `ключи не принимаются${where(offered, (methods) => `, только ${methods}`)}. Используйте пароль`,
    secondCredential: ({ offered }) => `учётные данные верны, но запрошены ещё одни${inBrackets(offered)}, которых консоль дать не может`,
    nextUnreachable: ({ next, said }) => `оттуда ${next} недоступен (${said ?? 'причина не указана'})`,
    jumpBroke: (_, because) => `путь через промежуточную машину прервался${inBrackets(because)}`,
    fileUnreadable: ({ file, code }) => `${file} не читается${inBrackets(code)}`,
    commandEndedAtOnce: ({ code }) => `команда сразу завершилась, ${code === null ? 'код неизвестен' : `код ${code}`}`,
    answerIncomplete: ({ limitMs }) => `за ${seconds(limitMs)} не получен полный ответ`,
    noReading: ({ limitMs }) => `за ${seconds(limitMs)} не получено данных`,
  },
}
