import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join(', ')}${count > paths.length ? ` и ещё ${count - paths.length}` : ''}`

const ofPaths = ({ paths, count }: { readonly paths: readonly string[]; readonly count: number }) => (count === 0 ? '' : ` (${names(paths, count)})`)

export const ru: ConfigurationWords = {
  what: {
    anyMayAdminister: () => 'Любой, кому доступен сервер, может без пароля использовать его API или читать его показатели.',
    anyMayPublish: () => 'Любой, кому доступен сервер, может без пароля вещать в любой путь.',
    neverAsked: ({ setting, actions }) => `Любой, кому доступен сервер, может делать это без пароля, так как это указано в ${setting}: ${actions.join(', ')}.`,
    anyMayWatch: () => 'Любой, кому доступен сервер, может без пароля смотреть все потоки.',
    openOnMachine: ({ actions }) =>
      `Любой, кто работает на самой машине сервера, может пользоваться этим без пароля; порты открыты только для неё самой: ${actions.join(', ')}.`,
    anyWebsite: ({ settings }) => `Любой сайт может обращаться к серверу из браузера того, кто его открыл: ${settings.join(', ')}.`,
    takeover: () => 'Второй источник занимает место того, кто в эфире (overridePublisher).',
    noReaderLimit: () => 'Число читателей пути не ограничено (maxReaders).',
    recordingsKept: ({ paths, count }) => `Записи никогда не удаляются: ${names(paths, count)}.`,
    slateRecorded: ({ paths, count }) => `Заставка записывается, пока никто не вещает: ${names(paths, count)}.`,
    passwordsTold: () => 'API этой версии сообщает пароли внутренних пользователей всем, кому он доступен (до 1.20.1).',
    endedByRequest: () => 'Один запрос к API этой версии завершает сервер со всеми потоками (до 1.5 включительно).',
    playbackOpen: () => 'Если пользователи ещё заданы по-старому (readUser, publishUser), записи можно смотреть без пароля (до 1.21.2).',
    slowKeys: () => 'Пока адрес ключей JWT отвечает медленно, никто не может войти (до 1.21.2).',
    forwardsRestarted: () => 'Удаление одного назначения пересылки перезапускает следующие за ним (до 1.21.3).',
  },
  upgrades: {
    refused: ({ since, said, ...where }) => `Начиная с ${since} сервер не запустится${ofPaths(where)}: «${said}». Измените это до обновления.`,
    sourcesNeedPasswords: ({ since, ...where }) =>
      `Начиная с ${since} сервер не запустится, если у одного из этих источников есть имя без пароля или пароль без имени${ofPaths(where)}.`,
    namesRefused: ({ since, ...where }) => `Начиная с ${since} не принимаются: в имени есть символы, кроме A–Z, 0–9, _ - . и /${ofPaths(where)}.`,
    renamed: ({ setting, now, since, ...where }) => `${setting}${ofPaths(where)} с версии ${since} его заменяет ${now.join(', ')}. Пока он читается.`,
    goes: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} будет удалён (объявлено в ${since}).`,
    noEffect: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} начиная с ${since} ни на что не влияет.`,
    defaultChanged: ({ setting, since, before, after }) => `${setting} начиная с ${since} равен ${after} вместо ${before}, если файл не задаёт иного.`,
    apiNeedsUser: ({ since }) =>
      `Начиная с ${since} API доступен только с самого сервера, если этого не разрешает пользователь в authInternalUsers: дайте mtxdeck пользователя с действием api.`,
    apiAsksServer: ({ since }) =>
      `Начиная с ${since} сервер аутентификации спрашивают и об API, метриках и pprof, если их нет в authHTTPExclude: разрешите там mtxdeck.`,
    moqListens: ({ since }) =>
      `Начиная с ${since} MoQ занимает порты 8892 (TCP и UDP) и 8893 (UDP); если один из них занят, сервер не запустится. Отключается строкой moq: no.`,
    jwtQueryOff: ({ since }) => `Начиная с ${since} токен в адресе HTTP (?jwt=) отклоняется, если authJWTInHTTPQuery не равен true.`,
    hlsViewersCounted: ({ since }) => `Начиная с ${since} каждый зритель HLS виден отдельно: число читателей и битрейт к ним сразу вырастут.`,
  },
  todo: {
    anyMayAdminister: () => 'Дайте это право пользователю с паролем или только нужным адресам.',
    anyMayPublish: () => 'Заведите для камер и кодировщиков пользователя с паролем.',
    neverAsked: () => 'Уберите это из списка, чтобы права проверялись; сначала дайте mtxdeck собственные права.',
    anyMayWatch: () => 'Для открытых потоков это нормально; иначе заведите для зрителей пользователя с паролем.',
    openOnMachine: () => 'Это нормально, если на машину входят только доверенные лица и обратный прокси не пересылает запросы; иначе требуйте пароль.',
    anyWebsite: () => 'Укажите только нужные сайты или ни одного.',
    takeover: () => 'Это нормально, если кодировщики переподключаются или подменяют друг друга; иначе выключите.',
    noReaderLimit: () => 'Задайте предел, который выдержит сеть сервера.',
    recordingsKept: () => 'Задайте срок, после которого они удаляются, иначе диск переполнится.',
    slateRecorded: () => 'Записывайте, только пока кто-то вещает.',
    passwordsTold: () => 'Обновите сервер и смените пароли.',
    endedByRequest: () => 'Обновите сервер; до тех пор пускайте к его API только эту консоль.',
    playbackOpen: () => 'Обновите сервер или используйте authInternalUsers.',
    slowKeys: () => 'Обновите сервер.',
    forwardsRestarted: () => 'Обновите сервер или удаляйте назначения, когда ничего нет в эфире.',
  },
}
