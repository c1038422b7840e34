import type { HostFailure } from '../../errors.ts'
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

export const ru: ErrorWords = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `Соединение есть, но ответа нет ${say.number(limitMs / 1000)} с.`,
    certificateUntrusted: ({ subject }) => `Сертификат (${subject || 'без имени'}) подписан не тем, кому доверяет эта система.`,
    certificateExpired: ({ validTo }) => `Срок действия сертификата истёк: ${say.momentOf(validTo)}.`,
    certificateWrongName: ({ names }) => `Сертификат выдан на другое имя (${names || 'без имени'}).`,
    fingerprintChanged: () => 'Сервер предъявил не тот сертификат, который закреплён.',
    notTls: () => 'Сервер по этому адресу не использует TLS.',
    tlsRequired: () => 'Сервер по этому адресу требует TLS.',
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? 'Сервер не принимает пользователя или пароль, которые принимал раньше.'
          : `Сервер не принимает пользователя или пароль, которые принимал раньше. Он проверяет их через ${authServer}, который, возможно, недоступен.`
        : credentialsGiven
          ? 'Сервер не принял пользователя или пароль. Опрос остановлен, чтобы не вызвать блокировку.'
          : 'Сервер требует имя пользователя и пароль.',
    forbidden: () => 'Этому пользователю нельзя обращаться к API.',
    noApiHere: () => 'Отвечает веб-сервер, но API MediaMTX здесь нет (404).',
    notMediaMtx: ({ server, contentType }) => `Отвечает не API MediaMTX${where(server, (name) => `, а ${name}`)} (${contentType || 'тип не указан'}).`,
    badReply: (_, detail) => `Ответ не читается: ${detail}.`,
    cutReply: ({ receivedBytes }) => `Ответ оборвался, получено байтов: ${say.number(receivedBytes)}.`,
    tooLarge: ({ limitBytes }) => `Ответ больше ${limitSize(limitBytes)}.`,
    httpStatus: ({ status, message }) => `Сервер ответил статусом ${status}${where(message, (words) => `: ${words}`)}.`,
    redirected: ({ status, location, isSignIn }) =>
      isSignIn
        ? `Сервер перенаправляет (${status}) на страницу входа ${location}: перед ним стоит шлюз, требующий входа.`
        : `Сервер перенаправляет (${status}) на ${location}.`,
    notEnabled: () => 'Этот протокол на сервере выключен.',
    secretMissing: (_, detail) => `Секрет не читается: ${detail}.`,
    internal: ({ detail }) => `Сбой этой консоли при чтении ответа сервера: ${detail}.`,
    overdue: ({ ageMs }) => `Ни один опрос этого сервера не завершился за ${Math.round(ageMs / 1000)} с.`,
  },
  serverTodo: {
    unreachable: ({ reason, port = 9997 }) => unreachableTodo(port)[reason],
    timedOut: () => 'Возможно, сервер перегружен или там слушает другая программа. Проверьте его нагрузку и журнал.',
    certificateUntrusted: ({ fingerprint }) => `Сравните отпечаток SHA-256 с отпечатком на сервере и закрепите его: ${fingerprint}`,
    certificateExpired: ({ fingerprint }) => `Обновите его на сервере. До тех пор можно закрепить отпечаток: ${fingerprint}`,
    certificateWrongName: ({ fingerprint }) => `Укажите как адрес одно из его имён или закрепите отпечаток: ${fingerprint}`,
    fingerprintChanged: ({ actual, expected }) =>
      `Если сертификат обновили, закрепите новый: ${actual} (закреплён ${expected}). Если нет, кто-то стоит посередине.`,
    notTls: () => 'Используйте http:// вместо https:// или задайте apiEncryption: yes в mediamtx.yml.',
    tlsRequired: () => 'Используйте https:// вместо http://.',
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? 'Если они изменились, введите новые. mtxdeck повторяет попытку сам: через 1, 5 и далее каждые 15 минут.'
          : `Проверьте, работает ли ${authServer} и доступен ли он для MediaMTX. mtxdeck повторяет попытку сам: сначала сразу, затем каждые 15 минут.`
        : credentialsGiven
          ? 'Исправьте учётные данные (в файле конфигурации, если сервер задан там): опрос возобновится через несколько секунд.'
          : 'Добавьте в mediamtx.yml в authInternalUsers пользователя с правом «action: api» и укажите его здесь.',
    forbidden: () => 'Дайте ему право «action: api» в mediamtx.yml.',
    noApiHere: () => 'Проверьте порт: API слушает 9997 (8889 — WebRTC, 8888 — HLS, 9998 — метрики).',
    notMediaMtx: () => 'Проверьте адрес и порт; за прокси — пропускает ли он /v3/.',
    badReply: () => 'Если на пути прокси, обратитесь к серверу напрямую. Иначе пришлите нам вывод «mtxdeck diagnose».',
    cutReply: () => 'Сервер или прокси закрыл соединение. Если это повторяется, смотрите их журналы.',
    tooLarge: () => 'Это больше любого ответа MediaMTX: проверьте, что слушает по этому адресу.',
    httpStatus: () => 'Смотрите журнал сервера.',
    redirected: ({ isSignIn }) =>
      isSignIn
        ? 'Разрешите этой консоли проход через шлюз, например по её адресу: mtxdeck не может войти через страницу.'
        : 'Укажите адрес, на который он перенаправляет, или обойдите прокси.',
    notEnabled: () => 'Включите его в mediamtx.yml, если он нужен.',
    secretMissing: () => 'Сделайте его доступным для этого пользователя или введите учётные данные заново.',
    internal: () => 'Это ошибка mtxdeck, попытки продолжаются. Пришлите нам, пожалуйста, вывод «mtxdeck diagnose».',
    overdue: () => 'Он отвечает очень медленно, или опрос незаметно прервался: mtxdeck начинает его заново. Если это повторяется, проверьте нагрузку.',
  },
  serverDetails: {
    handshakeFailed: ({ code }) => `не удалось установить соединение TLS (${code})`,
    noCertificate: () => 'сервер не предъявил сертификат',
    httpBroken: () => 'нарушен формат HTTP',
    jsonBroken: ({ at }) => `ошибка в JSON, позиция байта: ${say.number(at)}`,
    tooMuchWhiteSpace: ({ most }) => `байтов пробелов подряд больше ${say.number(most)}`,
    nestedTooDeep: ({ most }) => `уровней вложенности больше ${say.number(most)}`,
    tooManyValues: ({ most }) => `значений больше ${say.number(most)}`,
    notAnObject: () => 'это не объект JSON',
    fieldMissing: ({ field }) => `нет поля «${field}»`,
    fieldNotAnObject: ({ field }) => `${field} — не объект`,
    fieldNotText: ({ field }) => `${field} — не текст`,
    stateMissing: ({ field }) => `в ${field} нет ни «available», ни «ready»`,
    tooManyPages: ({ most }) => `страниц больше ${say.number(most)}`,
    encryptedWithOtherKey: () => 'сохранённый пароль зашифрован другим ключом',
    ofOtherAddress: () => 'сохранённый секрет не передаётся на другой адрес',
  },
  host: {
    noRoute: ({ target }, cause) => `Нет маршрута до ${target}${inBrackets(cause)}.`,
    refused: ({ target }) => `${target} отклоняет соединение: на этом порту никто не отвечает.`,
    timeout: ({ target }, cause) => `${target} не ответил вовремя${inBrackets(cause)}.`,
    nameNotFound: ({ target }) => `Имя в ${target} здесь не найдено.`,
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
    answerEndless: ({ target }) => `Ответ ${target} не кончался и был прерван.`,
    hung: ({ target }, cause) => `${target} замолчал посреди ответа${inBrackets(cause)}.`,
    closed: ({ target }, cause) => `Соединение с ${target} закрыто${cause ? `: ${cause}` : ' другой стороной'}.`,
    secretMissing: ({ said }, cause) => `${ownSentence(said, cause) ?? `Для этой машины нет учётных данных${inBrackets(cause)}`}.`,
    internal: ({ target }, cause) => `Сбой этой консоли при чтении ${target}${inBrackets(cause)}.`,
  },
  hostTodo: {
    noRoute: () => 'Проверьте адрес, сеть и VPN, а также брандмауэры на пути.',
    refused: () => 'Проверьте порт и запущен ли там sshd («systemctl status ssh»).',
    timeout: () => 'Возможно, машина выключена или брандмауэр отбрасывает пакеты на этот порт: попробуйте «ssh -v» с этой машины.',
    nameNotFound: () => 'Проверьте написание или укажите адрес.',
    notSsh: () => 'Проверьте порт; SSH обычно на 22.',
    authRefused: (_, cause) => (cause ? '' : 'Проверьте имя пользователя и учётные данные.'),
    keyUnusable: () => '',
    passphraseWrong: (_, cause) => (cause ? '' : 'Введите её заново.'),
    agentMissing: () => 'Запустите агент, передайте консоли SSH_AUTH_SOCK или используйте ключ.',
    hostKeyUnknown: (_, cause) =>
      `Сравните его с ключом на машине («ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub») и примите. Учётные данные не отправлялись.${where(cause, (words) => ` ${words}.`)}`,
    hostKeyChanged: (_, cause) =>
      `${cause ?? 'Машину переустановили, или кто-то стоит посередине: спросите, кто ею управляет, прежде чем принять новый ключ'}. Учётные данные не отправлялись, до тех пор новых попыток не будет.`,
    jumpFailed: () => '',
    shellMissing: () => 'Нужен «sh», доступный через PATH; машины с Windows не читаются.',
    commandRefused: () => 'Дайте пользователю оболочку входа или разрешите команду консоли в authorized_keys, как показано в руководстве.',
    answerBroken: () => 'Возможно, мешает баннер или принудительная команда: команда по SSH не должна выводить ничего лишнего.',
    answerEndless: () => 'Найдите, что выводит текст: файлы запуска оболочки или принудительная команда.',
    hung: () => 'Обычная причина — зависший там диск или сетевая файловая система.',
    closed: () => '',
    secretMissing: (_, cause) => (cause ? '' : 'Введите их заново.'),
    internal: () => 'Это ошибка mtxdeck, попытки продолжаются: пришлите нам, пожалуйста, вывод «mtxdeck diagnose».',
  },
  hostCauses: {
    wentSilent: () => 'другая сторона перестала отвечать',
    sendsTooMuch: () => 'другая сторона присылает больше, чем запрошено',
    readsNothing: () => 'другая сторона не читает того, что ей отправлено',
    renewsKeysTooOften: () => 'другая сторона снова и снова требует сменить ключи',
    noTcpConnection: () => 'соединение TCP не установлено',
    saidNothing: () => 'соединение принято, но данных нет',
    hungUpAtOnce: () => 'другая сторона разорвала его, не представившись. Возможно, она перегружена или блокирует этот адрес (fail2ban, MaxStartups)',
    hungUpInHandshake: () => 'другая сторона разорвала его во время рукопожатия',
    slowInHandshake: () => 'во время рукопожатия',
    otherGreeting: ({ text }) => `ответ начинается с «${text}»`,
    noCommonAlgorithm: (_, because) => `у него нет общего с консолью алгоритма шифрования${inBrackets(because)}. Возможно, он слишком старый`,
    protocolBroken: (_, because) => `он нарушает протокол SSH${inBrackets(because)}`,
    keyRevoked: () => 'Согласно файлу known_hosts, этот ключ отозван: посередине может стоять тот, кто его украл',
    certificateAuthority: () => 'known_hosts указывает для него центр сертификации (@cert-authority): здесь это не поддерживается',
    brokeOffSigningIn: (_, because) => (because === null ? 'другая сторона разорвала его во время входа' : `${because} (во время входа)`),
    slowSigningIn: () => 'во время входа',
    notAnAgent: ({ socket }) => `${socket} отвечает не как агент`,
    agentSilent: () => 'агент SSH не ответил',
    agentEmpty: () => 'в агенте SSH нет ключей. Добавьте ключ командой «ssh-add»',
    agentKeysRefused: ({ count }) =>
      `ни один из ключей агента SSH${count === null ? '' : ` (${say.number(count)})`} не принят. Добавьте один из них в ~/.ssh/authorized_keys этого пользователя`,
    keyRefused: ({ keyType, fingerprint }) =>
      `ключ ${keyType} ${fingerprint} не принят. Добавьте его открытую часть в ~/.ssh/authorized_keys этого пользователя и проверьте, что писать туда может только он`,
    passwordRefused: () => 'пароль не принят. Проверьте имя пользователя и пароль',
    passwordExpired: () => 'срок действия пароля истёк. Войдите один раз вручную и смените его',
    noPasswords: ({ offered }) => `пароли не принимаются${where(offered, (methods) => `, только ${methods}`)}. Используйте ключ или агент`,
    noKeys: ({ offered }) => `ключи не принимаются${where(offered, (methods) => `, только ${methods}`)}. Используйте пароль`,
    secondCredential: ({ offered }) => `учётные данные верны, но запрошены ещё одни${inBrackets(offered)}, которых консоль дать не может`,
    nextSilent: ({ next }) => `оттуда ${next} не ответил вовремя`,
    nextUnreachable: ({ next, said }) => `оттуда ${next} недоступен (${said ?? 'причина не указана'})`,
    forwardingRefused: ({ next }) => `перенаправление на ${next} запрещено (AllowTcpForwarding, PermitOpen или «restrict» в настройках)`,
    connectionEnded: () => 'соединение закрылось',
    jumpBroke: (_, because) => `путь через промежуточную машину прервался${inBrackets(because)}`,
    passphraseMissing: () => 'Закрытый ключ зашифрован, а парольная фраза не указана. Введите её или используйте ключ без неё',
    keyEmpty: () => 'он пуст',
    keyDamaged: () => 'он повреждён. Скопируйте файл заново целиком, от BEGIN до END',
    keyNotOpened: () => 'его не удалось открыть',
    publicHalf: () => 'это открытая часть ключа. Укажите закрытую: файл без «.pub»',
    certificate: () => 'это сертификат, а не закрытый ключ',
    notAPrivateKey: () => 'это не закрытый ключ в формате OpenSSH или PEM. Команда «ssh-keygen -p -f FILE» запишет его заново',
    keyInToken: ({ keyType }) => `он хранится в аппаратном токене (${keyType}). Используйте его через агент`,
    keyTypeNotOfSsh: ({ keyType }) => `его типа (${keyType}) в SSH нет. Используйте Ed25519, ECDSA или RSA`,
    keyTypeUnsupported: ({ keyType }) => `его тип (${keyType}) не поддерживается. Используйте Ed25519, ECDSA или RSA`,
    dsaKey: () => 'его тип — DSA, серверы SSH его больше не принимают. Используйте Ed25519, ECDSA или RSA',
    noFile: ({ file }) => `на этой машине нет файла ${file}`,
    fileForbidden: ({ file }) => `консоль не может прочитать ${file}. Дайте её пользователю право на чтение`,
    fileIsFolder: ({ file }) => `${file} — это папка`,
    fileTooLarge: ({ file }) => `${file} слишком велик для ключа`,
    fileUnreadable: ({ file, code }) => `${file} не читается${inBrackets(code)}`,
    noKeyStored: () => 'Закрытый ключ для этой машины не сохранён. Укажите его заново',
    credentialUnreadable: () => 'Сохранённые учётные данные больше не читаются (сменился ключ шифрования): введите их заново',
    credentialLeftBehind: () => 'Учётные данные не перенесены на новый адрес: введите их заново',
    noChannel: () => 'канал не открылся',
    commandEnded: () => 'команда завершилась',
    commandEndedAtOnce: ({ code }) => `команда сразу завершилась, ${code === null ? 'код неизвестен' : `код ${code}`}`,
    answerEndedEarly: () => 'ответ оборвался',
    answerIncomplete: ({ limitMs }) => `за ${seconds(limitMs)} не получен полный ответ`,
    noReading: ({ limitMs }) => `за ${seconds(limitMs)} не получено данных`,
  },
}
