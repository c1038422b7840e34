import { sayIn } from '../say.ts'
import type { DailyWords } from './dailyWords.ts'

const say = sayIn('ru')
const cameras = { one: 'камеры', other: 'камер' }
const checks = { black: 'Чёрный кадр', oneColour: 'Одноцветный кадр', colourBars: 'Цветные полосы', frozen: 'Застывший кадр', silent: 'Тишина' }

export const ru: DailyWords = {
  faults: {
    offAir: ({ since }) => (since === null ? 'Ничего не публикуется и не публиковалось.' : `Ничего не публикуется с ${say.moment(since)}.`),
    slate: () => 'В эфире заставка: никто не публикует.',
    noKeyframe: ({ seconds }) => `Нет ключевого кадра за ${say.number(seconds)} с.`,
    content: ({ check, seconds, isFromStart }) => `${checks[check]}: ${isFromStart ? 'всё время просмотра' : `${say.number(seconds)} с`}.`,
    size: ({ widthPx, heightPx, knownWidthPx, knownHeightPx }) => `Размер кадра ${widthPx} × ${heightPx} вместо ${knownWidthPx} × ${knownHeightPx}.`,
  },
  checks,
  skips: {
    asleep: () => 'По запросу и не запущена: для проверки источники не запускаются.',
    noTime: () => 'Очередь не дошла до конца окна.',
    offPlan: () => 'В это время эфир не запланирован.',
    maintenance: () => 'На обслуживании.',
    paused: () => 'Приостановлено.',
    refusedBefore: () => 'Не запрашивалась: сервер отказал другим потокам с теми же учётными данными.',
    offline: () => 'У консоли не было сети.',
    stopped: () => 'Проверка была остановлена.',
    consoleOff: () => 'Консоль не работала.',
    removed: () => 'За это время удалена.',
  },
  differs: (what) => `Не как согласовано: ${what}.`,
  items: {
    videoCodec: 'видеокодек',
    widthPx: 'ширина',
    heightPx: 'высота',
    fps: 'частота кадров',
    bitrateBps: 'битрейт',
    gopMs: 'интервал ключевых кадров',
    audioCodec: 'аудиокодек',
    audioLayout: 'раскладка каналов',
    sampleRateHz: 'частота дискретизации',
  },
  nothing: 'нет',
  title: (day, { fault, cameras: all }) =>
    fault === 0
      ? `Ежедневная проверка ${day}: без неисправностей у ${say.count(all, cameras)}`
      : `Ежедневная проверка ${day}: неисправно ${say.number(fault)} из ${say.count(all, cameras)}`,
  missed: (day) => `Ежедневная проверка ${day}: пропущена`,
  stopped: 'Проверка была остановлена до её окончания.',
  missedText: 'Консоль в это время не работала: ни одна камера не проверена.',
  summed: ({ ok, fault, notChecked, newFault, mended }) =>
    `Исправно: ${say.number(ok)}, неисправно: ${say.number(fault)} (новых: ${say.number(newFault)}), не проверено: ${say.number(notChecked)}, исправлено: ${say.number(mended)}.`,
  newFault: 'новая',
  stillFault: (since) => `с ${say.moment(since)}`,
  mended: (names) => `Исправлено: ${names}.`,
  gone: (names) => `Больше нет: ${names}.`,
  new: (names) => `Новые камеры: ${names}.`,
}
