import type { Words } from '../words.ts'

/** Russian words of diagnoses. */
export const ru = {
  diagnosis: {
    button: 'Диагностика',
    hint: 'Один раз проверяет порты, TLS, API и протоколы и говорит, что не так и что делать',
    title: 'Диагностика',
    text: '{{name}}, как видно с этой консоли. На сервере ничего не меняется.',
    running: 'Всё проверяется по одному разу, не дольше половины минуты…',
    steps: 'Что проверено',
    endedAt: 'в {{time}}',
    again: 'Проверить ещё раз',
    wake: 'Запустить источник и проверить ещё раз',
    copy: 'Скопировать как текст',
    copied: 'Скопировано',
    failed: 'Диагностика не выполнена: {{reason}}',
    outcome: { ok: 'в порядке', warning: 'обратите внимание', failed: 'ошибка', skipped: 'не проверялось' },
  },
  playability: {
    title: 'Где воспроизводится',
    notTried: 'по дорожкам и конфигурации',
    triedAt: 'проверено в {{time}}',
    byTracksThen: 'по дорожкам того времени',
    try: 'Проверить',
    trying: 'Проверка…',
    hint: 'Один раз проверяет каждый протокол с этой консоли и судит заново',
    failed: 'Не оценено: {{reason}}',
  },
} as const satisfies Words
