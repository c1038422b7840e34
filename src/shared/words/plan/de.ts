import { sayIn } from '../say.ts'
import type { PlanWords } from './planWords.ts'

const say = sayIn('de')

export const de: PlanWords = {
  mbit: 'Mbit/s',
  megabyte: 'MB',
  gigabyte: 'GB',
  range: (from, to) => `${from} bis ${to}`,
  and: ' und ',
  streams: (count) => say.count(count, { one: 'Stream', other: 'Streams' }),
  readers: (count) => say.count(count, { one: 'Leser', other: 'Leser' }),
  guideFor: (streams) => `Richtwert für ${streams}`,
  received: (traffic) => `${traffic} ein`,
  sent: (traffic) => `${traffic} aus`,
  leastOne: 'mindestens 1 je Rechner',
  system: (memory, others) => `${memory} für das System jedes ${others ? 'weiteren ' : ''}Rechners`,
  second: (bitrate) => `eine Sekunde von ${bitrate}`,
  link: (fullest, share, link) => `${fullest} in der volleren Richtung / ${share} passt in ${link}`,
  encoding: (guide) => `${guide}: Auf einem Rechner ist ab 13 eine GPU zu erwägen, ab 17 empfohlen, ab 25 nötig; sie nimmt der CPU 50 bis 70 % der Last ab`,
  notEncoded: 'Was unverändert weitergegeben wird, wird nicht kodiert',
  machines: (traffic, cores, encoded) =>
    encoded === null
      ? `das Größere von ${traffic} und ${cores} Kernen zum Weitergeben, aufgerundet`
      : `das Größte von ${traffic}, ${cores} Kernen zum Weitergeben und ${encoded} mit Kodierung auf einem Rechner, aufgerundet`,
  sources: {
    guide:
      'Richtwerte eines MediaServer-Projekts für RTSP nach WebRTC mit Kodierung, 1 bis 40 Streams je Rechner (Januar 2026). Sie nennen keine Bitrate: Gemeint sind übliche Kameras.',
    measured:
      'MediaMTX 1.20.1 auf einem Kern eines AMD EPYC mit 2,6 GHz, Streams mit 5 Mbit/s: 6 RTSP-Sender über TCP brauchten 0,136 % eines Kerns je Mbit/s, 24 RTSP-Leser über TCP 0,079 %, 12 SRT-Leser 0,29 % je Mbit/s; 46 MB Speicher ohne Leser, je RTSP-Leser 0,12 MB mehr, je SRT-Leser 1,6 MB.',
    arithmetic: 'Gerechnet aus den Eingaben.',
  },
}
