import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined, where } from '../texts.ts'
import type { PlayabilityWords } from './playabilityWords.ts'

const say = sayIn('ru')
const list = (codecs: readonly string[]) => codecs.join(', ')

export const ru: Rest<PlayabilityWords> = {
  reasons: {
    noTrack: ({ codecs }) =>
      joined(
        `Протокол не передаёт ни одной из дорожек: ${list(codecs)}.`,
        codecs.includes('MPEG-TS') &&
          'В MPEG-TS изображение и звук ещё упакованы вместе: проигрыватели RTSP распаковывают его сами. Если он публикуется по RTSP, это делает и сервер с «rtspDemuxMpegts: yes» у пути (с 1.17.0).',
      ),
    onlyData: ({ codecs }) => `В нём нет ни изображения, ни звука, только данные: ${list(codecs)}.`,
    variantCannot: ({ codecs }) => `С «hlsVariant: mpegts» сервер отдаёт только H264 и AAC, а рядом с ${list(codecs)} — ничего.`,
    leftOut: ({ codecs, since }) => joined(`Без дорожек: ${list(codecs)}.`, since !== null && `Передаются с версии сервера ${since}.`),
    playerLacks: ({ codecs }) => `Этот проигрыватель не воспроизводит ${list(codecs)}.`,
    someBrowsers: ({ codecs }) => `${list(codecs)} воспроизводят не все браузеры.`,
    enhancedRtmp: ({ codecs }) => `${list(codecs)} — только для проигрывателей с Enhanced RTMP.`,
    mayHaveBFrames: ({ profile }) =>
      profile === null
        ? 'Профиль H264 неизвестен: с B-кадрами WebRTC его не передаёт.'
        : `H264 с профилем ${profile} может содержать B-кадры, которые WebRTC не передаёт.`,
    late: ({ seconds, lowLatency }) =>
      joined(
        seconds !== null && `С задержкой: сегменты до ${say.number(seconds)} с.`,
        !lowLatency && 'Задержка в несколько сегментов: режим низкой задержки выключен.',
      ),
    noSegment: ({ seconds }) =>
      seconds === null
        ? 'По HLS вовремя не появилось ни одного сегмента: вероятно, ключевые кадры редки.'
        : `HLS начинается поздно: между ключевыми кадрами ${say.number(seconds)} с и больше.`,
    readFails: ({ status, message }) => `Сервер отказывает: ${status}${where(message, (words) => ` (${words})`)}.`,
  },
}
