import type { VantageWords } from './vantageWords.ts'

export const ru: VantageWords = {
  what: {
    tokenRefused: () => 'Она отвергает токен.',
    notMtxdeck: ({ status }) => `Там отвечает (код ${status}) не mtxdeck, который сообщает, что он видит.`,
    unreadable: () => 'Её ответ не читается.',
    secretUnreadable: () => 'Её токен не удаётся расшифровать.',
    itself: () => 'Это адрес этой самой консоли.',
  },
  todo: {
    tokenRefused: () => 'Введите её токен входа или токен из её probesTokenFile. Попытка повторяется каждые пять минут.',
    notMtxdeck: () => 'Проверьте адрес и порт (8787, если не задано иное); старый mtxdeck нужно обновить.',
    unreadable: () => 'Обновите более старую из двух консолей.',
    secretUnreadable: () => 'Введите токен ещё раз.',
    itself: () => 'Вторая точка наблюдения — mtxdeck в другом месте.',
  },
  reach: 'Проверьте её адрес и порт, работает ли она, принимает ли подключения извне (listen), и сеть между ними.',
}
