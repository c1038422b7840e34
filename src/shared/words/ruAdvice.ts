import type { Advice } from './sentences.ts'

const unreachable = {
  refused: 'Проверьте порт (MediaMTX: 9997), запущен ли MediaMTX и есть ли в mediamtx.yml «api: yes».',
  noRoute: 'Проверьте адрес, сеть и VPN на пути туда.',
  nameNotFound: 'Проверьте написание и DNS этой машины или укажите IP-адрес.',
  reset:
    'Попробуйте http:// вместо https:// или наоборот. Если не отвечает ни то ни другое, на пути может стоять прокси или брандмауэр, либо MediaMTX останавливается: смотрите его журнал.',
  connectTimeout: 'Возможно, брандмауэр отбрасывает пакеты: откройте TCP-порт 9997 отсюда туда.',
}
const lookAround = 'Проверьте машину и сеть.'

export const ruAdvice: Advice = {
  troubles: {
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
  serverErrors: {
    unreachable: ({ reason }) => unreachable[reason],
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
}
