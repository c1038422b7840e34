import { sayIn } from '../say.ts'
import type { DesktopWords } from './desktopWords.ts'

const say = sayIn('ru')
const severities = { critical: 'критическая', major: 'значительная', minor: 'незначительная', warning: 'предупреждение' }

export const ru: DesktopWords = {
  menu: {
    file: '&Файл',
    showWindow: 'Показать окно',
    openBundle: 'Открыть пакет …',
    openConfiguration: 'Открыть конфигурацию …',
    demoFleet: 'Демонстрация',
    close: 'Закрыть окно',
    quit: 'Завершить mtxdeck',
    edit: '&Правка',
    undo: 'Отменить',
    redo: 'Повторить',
    cut: 'Вырезать',
    copy: 'Копировать',
    paste: 'Вставить',
    pasteAsText: 'Вставить как текст',
    delete: 'Удалить',
    selectAll: 'Выделить всё',
    view: '&Вид',
    reload: 'Перезагрузить',
    actualSize: 'Исходный размер',
    zoomIn: 'Увеличить',
    zoomOut: 'Уменьшить',
    fullScreen: 'Во весь экран',
    developerTools: 'Инструменты разработчика',
    window: '&Окно',
    minimize: 'Свернуть',
    zoom: 'Изменить масштаб',
    toFront: 'Все окна — на передний план',
    help: '&Справка',
    showLogs: 'Показать журналы',
    about: 'О mtxdeck',
    services: 'Службы',
    hide: 'Скрыть mtxdeck',
    hideOthers: 'Скрыть остальные',
    showAll: 'Показать все',
  },
  licence: 'GPL-3.0-or-later. Без каких-либо гарантий.',
  bundles: 'Пакеты mtxdeck',
  configuration: 'Конфигурация mtxdeck',
  answers: {
    noSuchFile: 'Такого файла нет.',
    noSuchPlace: 'Такого места нет.',
    onlyReading: 'Здесь можно только читать.',
    noEngine: 'Служба сейчас не работает.',
    noAnswer: 'Служба не ответила.',
  },
  fleet: {
    engineFailed: 'Служба не работает',
    engineRestarts: 'Служба запускается заново',
    notKnownYet: 'Пока ничего не известно',
    well: 'Всё в порядке',
    unknown: 'Известно не всё',
    nothing: 'Наблюдать пока нечего',
    taken: 'Неквитированных тревог нет',
  },
  alarms: (count, worst) =>
    count === 1
      ? `1 открытый инцидент: ${severities[worst]}`
      : `${say.count(count, { one: 'открытый инцидент', few: 'открытых инцидента', many: 'открытых инцидентов', other: 'открытого инцидента' })}, самый тяжёлый: ${severities[worst]}`,
  failures: {
    noNode24: ({ version }) => `Службе нужен Node 24: в этом Electron — Node ${version}, а Node 24, который ставит «npm ci», отсутствует.`,
    tokenRefused: ({ url }) => `Служба по адресу ${url} не принимает этот токен.`,
    notMtxdeck: ({ url }) => `По адресу ${url} отвечает не mtxdeck.`,
    noEngine: ({ url, because }) => `По адресу ${url} служба не отвечает (${because}).`,
    engineNewer: ({ version }) => `Служба (mtxdeck ${version}) новее этой консоли. Обновите консоль.`,
    engineOlder: ({ version }) => `Служба (mtxdeck ${version}) старее этой консоли. Обновите mtxdeck на машине службы.`,
    demoEnded: () => 'Демонстрационные серверы не удалось запустить.',
    keepsEnding: ({ deaths }) => `Служба остановилась несколько раз подряд (${deaths}). Причина — в её журнале.`,
  },
}
