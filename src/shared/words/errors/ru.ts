import { sayIn } from '../say.ts'
import { behindColon, inBrackets, where } from '../texts.ts'
import { type ErrorWords, megabytes } from './errorWords.ts'

const say = sayIn('ru')
const quotedWords = (said: string | null) => where(said, (words) => ` («${words}»)`)
const unreachable = {
  refused: 'Соединение отклонено: по этому адресу никто не отвечает.',
  noRoute: 'Нет маршрута до этой машины.',
  nameNotFound: 'Имя машины не найдено.',
  reset: 'Соединение закрыто до получения ответа.',
  connectTimeout: 'На попытку соединения никто не ответил.',
}
const unreachableTodo = {
  refused: 'Проверьте порт (MediaMTX: 9997), запущен ли MediaMTX и есть ли в mediamtx.yml «api: yes».',
  noRoute: 'Проверьте адрес, сеть и VPN на пути туда.',
  nameNotFound: 'Проверьте написание и DNS этой машины или укажите IP-адрес.',
  reset:
    'Попробуйте http:// вместо https:// или наоборот. Если не отвечает ни то ни другое, на пути может стоять прокси или брандмауэр, либо MediaMTX останавливается: смотрите его журнал.',
  connectTimeout: 'Возможно, брандмауэр отбрасывает пакеты: откройте TCP-порт 9997 отсюда туда.',
}

export const ru: ErrorWords = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `Соединение есть, но ответа нет ${say.number(limitMs / 1000)} с.`,
    certificateUntrusted: ({ subject }) => `Сертификат (${subject}) подписан не тем, кому доверяет эта система.`,
    certificateExpired: ({ validTo }) => `Срок действия сертификата истёк: ${say.momentOf(validTo)}.`,
    certificateWrongName: ({ names }) => `Сертификат выдан на другое имя (${names}).`,
    fingerprintChanged: () => 'Сервер предъявил не тот сертификат, который закреплён.',
    notTls: () => 'Сервер по этому адресу не использует TLS.',
    tlsRequired: () => 'Сервер по этому адресу требует TLS.',
    unauthorized: ({ credentialsGiven }) =>
      credentialsGiven
        ? 'Сервер не принял пользователя или пароль. Опрос остановлен, чтобы не вызвать блокировку.'
        : 'Сервер требует имя пользователя и пароль.',
    forbidden: () => 'Этому пользователю нельзя обращаться к API.',
    noApiHere: () => 'Отвечает веб-сервер, но API MediaMTX здесь нет (404).',
    notMediaMtx: ({ server, contentType }) => `Отвечает не API MediaMTX${where(server, (name) => `, а ${name}`)} (${contentType || 'тип не указан'}).`,
    badReply: ({ detail }) => `Ответ не читается: ${detail}.`,
    cutReply: ({ receivedBytes }) => `Ответ оборвался, получено байтов: ${say.number(receivedBytes)}.`,
    tooLarge: ({ limitBytes }) => `Ответ больше ${megabytes(limitBytes)} MB.`,
    httpStatus: ({ status, message }) => `Сервер ответил статусом ${status}${where(message, (words) => `: ${words}`)}.`,
    redirected: ({ status, location }) => `Сервер перенаправляет (${status}) на ${location}.`,
    notEnabled: () => 'Этот протокол на сервере выключен.',
    secretMissing: ({ detail }) => `Секрет не читается: ${detail}.`,
    internal: ({ detail }) => `Сбой этой консоли при чтении ответа сервера: ${detail}.`,
    overdue: ({ ageMs }) => `Ни один опрос этого сервера не завершился за ${Math.round(ageMs / 1000)} с.`,
  },
  serverTodo: {
    unreachable: ({ reason }) => unreachableTodo[reason],
    timedOut: () => 'Возможно, сервер перегружен или там слушает другая программа. Проверьте его нагрузку и журнал.',
    certificateUntrusted: ({ fingerprint }) => `Сравните отпечаток SHA-256 с отпечатком на сервере и закрепите его: ${fingerprint}`,
    certificateExpired: ({ fingerprint }) => `Обновите его на сервере. До тех пор можно закрепить отпечаток: ${fingerprint}`,
    certificateWrongName: ({ fingerprint }) => `Укажите как адрес одно из его имён или закрепите отпечаток: ${fingerprint}`,
    fingerprintChanged: ({ actual, expected }) =>
      `Если сертификат обновили, закрепите новый: ${actual} (закреплён ${expected}). Если нет, кто-то стоит посередине.`,
    notTls: () => 'Используйте http:// вместо https:// или задайте apiEncryption: yes в mediamtx.yml.',
    tlsRequired: () => 'Используйте https:// вместо http://.',
    unauthorized: ({ credentialsGiven }) =>
      credentialsGiven
        ? 'Исправьте учётные данные (в файле конфигурации, если сервер задан там): опрос возобновится через несколько секунд.'
        : 'Добавьте в mediamtx.yml в authInternalUsers пользователя с правом «action: api» и укажите его здесь.',
    forbidden: () => 'Дайте ему право «action: api» в mediamtx.yml.',
    noApiHere: () => 'Проверьте порт: API слушает 9997 (8889 — WebRTC, 8888 — HLS, 9998 — метрики).',
    notMediaMtx: () => 'Проверьте адрес и порт; за прокси — пропускает ли он /v3/.',
    badReply: () => 'Если на пути прокси, обратитесь к серверу напрямую. Иначе пришлите нам вывод «mtxdeck diagnose».',
    cutReply: () => 'Сервер или прокси закрыл соединение. Если это повторяется, смотрите их журналы.',
    tooLarge: () => 'Это больше любого ответа MediaMTX: проверьте, что слушает по этому адресу.',
    httpStatus: () => 'Смотрите журнал сервера.',
    redirected: () => 'Укажите адрес, на который он перенаправляет, или обойдите прокси.',
    notEnabled: () => 'Включите его в mediamtx.yml, если он нужен.',
    secretMissing: () => 'Сделайте его доступным для этого пользователя или введите учётные данные заново.',
    internal: () => 'Это ошибка mtxdeck, попытки продолжаются. Пришлите нам, пожалуйста, вывод «mtxdeck diagnose».',
    overdue: () => 'Он отвечает очень медленно, или опрос незаметно прервался: mtxdeck начинает его заново. Если это повторяется, проверьте нагрузку.',
  },
  host: {
    noRoute: ({ target, said }) => `Нет маршрута до ${target}${inBrackets(said)}.`,
    refused: ({ target }) => `${target} отклоняет соединение: на этом порту никто не отвечает.`,
    timeout: ({ target, said }) => `${target} не ответил вовремя${inBrackets(said)}.`,
    nameNotFound: ({ target }) => `Имя в ${target} здесь не найдено.`,
    notSsh: ({ target, said }) => `По адресу ${target} отвечает не сервер SSH${behindColon(said)}.`,
    authRefused: ({ target, user, said }) => `${target} не впускает ${user ?? 'этого пользователя'}${behindColon(said)}.`,
    keyUnusable: ({ said }) => `Закрытый ключ непригоден: ${said ?? 'тип неизвестен'}.`,
    passphraseWrong: ({ said }) => `Неверная парольная фраза закрытого ключа${inBrackets(said)}.`,
    agentMissing: ({ said }) => `Агент SSH недоступен: ${said ?? 'SSH_AUTH_SOCK не задан'}.`,
    hostKeyUnknown: ({ target, keyType, fingerprint }) => `Первый контакт с ${target}. Ключ: ${keyType ?? ''} ${fingerprint ?? ''}.`,
    hostKeyChanged: ({ target, keyType, fingerprint, knownFingerprint }) =>
      `${target} предъявил другой ключ: ${keyType ?? ''} ${fingerprint ?? ''}${where(knownFingerprint, (known) => `, известен ${known}`)}.`,
    jumpFailed: ({ target, said }) => `Путь через ${target} не удался${behindColon(said)}.`,
    shellMissing: ({ target, user, said }) => `На ${target} нет оболочки POSIX для ${user ?? 'этого пользователя'}${quotedWords(said)}.`,
    commandRefused: ({ target, user, said }) => `${target} не выполняет команды для ${user ?? 'этого пользователя'}${quotedWords(said)}.`,
    answerBroken: ({ target, said }) => `Ответ ${target} не читается${quotedWords(said)}.`,
    answerEndless: ({ target }) => `Ответ ${target} не кончался и был прерван.`,
    hung: ({ target, said }) => `${target} замолчал посреди ответа${inBrackets(said)}.`,
    closed: ({ target, said }) => `Соединение с ${target} закрыто${said ? `: ${said}` : ' другой стороной'}.`,
    secretMissing: ({ said }) => `Для этой машины нет учётных данных${inBrackets(said)}.`,
    internal: ({ target, said }) => `Сбой этой консоли при чтении ${target}${inBrackets(said)}.`,
  },
  hostTodo: {
    noRoute: () => 'Проверьте адрес, сеть и VPN, а также брандмауэры на пути.',
    refused: () => 'Проверьте порт и запущен ли там sshd («systemctl status ssh»).',
    timeout: () => 'Возможно, машина выключена или брандмауэр отбрасывает пакеты на этот порт: попробуйте «ssh -v» с этой машины.',
    nameNotFound: () => 'Проверьте написание или укажите адрес.',
    notSsh: () => 'Проверьте порт; SSH обычно на 22.',
    authRefused: ({ said }) => (said ? '' : 'Проверьте имя пользователя и учётные данные.'),
    keyUnusable: () => '',
    passphraseWrong: () => 'Введите её заново.',
    agentMissing: () => 'Запустите агент, передайте консоли SSH_AUTH_SOCK или используйте ключ.',
    hostKeyUnknown: ({ said }) =>
      `Сравните его с ключом на машине («ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub») и примите. Учётные данные не отправлялись.${where(said, (cause) => ` (${cause})`)}`,
    hostKeyChanged: ({ said }) =>
      `Машину переустановили, или кто-то стоит посередине: спросите, кто ею управляет, прежде чем принять новый ключ. Учётные данные не отправлялись, до тех пор новых попыток не будет.${where(said, (cause) => ` (${cause})`)}`,
    jumpFailed: () => '',
    shellMissing: () => 'Нужен «sh», доступный через PATH; машины с Windows не читаются.',
    commandRefused: () => 'Дайте пользователю оболочку входа или разрешите команду консоли в authorized_keys, как показано в руководстве.',
    answerBroken: () => 'Возможно, мешает баннер или принудительная команда: команда по SSH не должна выводить ничего лишнего.',
    answerEndless: () => 'Найдите, что выводит текст: файлы запуска оболочки или принудительная команда.',
    hung: () => 'Обычная причина — зависший там диск или сетевая файловая система.',
    closed: () => '',
    secretMissing: () => 'Введите их заново.',
    internal: () => 'Это ошибка mtxdeck, попытки продолжаются: пришлите нам, пожалуйста, вывод «mtxdeck diagnose».',
  },
}
