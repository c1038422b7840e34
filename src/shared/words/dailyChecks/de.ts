import { sayIn } from '../say.ts'
import type { DailyWords } from './dailyWords.ts'

const say = sayIn('de')
const cameras = { one: 'Kamera', other: 'Kameras' }
const checks = { black: 'Schwarzbild', oneColour: 'Einfarbiges Bild', colourBars: 'Farbbalken', frozen: 'Standbild', silent: 'Stille' }

export const de: DailyWords = {
  faults: {
    offAir: ({ since }) => (since === null ? 'Es wird nichts gesendet, auch bisher nie.' : `Seit ${say.moment(since)} wird nichts gesendet.`),
    slate: () => 'Auf Sendung ist das Ersatzbild: Niemand sendet.',
    noKeyframe: ({ seconds }) => `Kein Schlüsselbild in ${say.number(seconds)} s.`,
    content: ({ check, seconds, isFromStart }) => `${checks[check]}: ${isFromStart ? 'im ganzen geprüften Stück' : `${say.number(seconds)} s`}.`,
    size: ({ widthPx, heightPx, knownWidthPx, knownHeightPx }) => `Das Bild ist ${widthPx} × ${heightPx} statt ${knownWidthPx} × ${knownHeightPx}.`,
  },
  checks,
  skips: {
    asleep: () => 'Auf Abruf und nicht gestartet: Für die Prüfung werden keine Quellen gestartet.',
    noTime: () => 'Bis zum Ende des Zeitfensters nicht an der Reihe.',
    offPlan: () => 'Zu dieser Zeit ist keine Sendung vorgesehen.',
    maintenance: () => 'In Wartung.',
    paused: () => 'Angehalten.',
    refusedBefore: () => 'Nicht gefragt: Der Server hat andere Streams mit denselben Zugangsdaten verweigert.',
    offline: () => 'Die Konsole hatte kein Netz.',
    stopped: () => 'Die Prüfung wurde abgebrochen.',
    consoleOff: () => 'Die Konsole lief nicht.',
    removed: () => 'Inzwischen entfernt.',
  },
  differs: (what) => `Nicht wie vereinbart: ${what}.`,
  items: {
    videoCodec: 'Videocodec',
    widthPx: 'Breite',
    heightPx: 'Höhe',
    fps: 'Bildrate',
    bitrateBps: 'Bitrate',
    gopMs: 'Abstand der Schlüsselbilder',
    audioCodec: 'Audiocodec',
    audioLayout: 'Kanalbelegung',
    sampleRateHz: 'Abtastrate',
  },
  nothing: 'keine',
  title: (day, { fault, cameras: all }) =>
    fault === 0
      ? `Tagesprüfung ${day}: keine Fehler bei ${say.count(all, cameras)}`
      : `Tagesprüfung ${day}: ${say.number(fault)} von ${say.count(all, cameras)} mit Fehlern`,
  missed: (day) => `Tagesprüfung ${day}: ausgefallen`,
  stopped: 'Die Prüfung wurde vor ihrem Ende abgebrochen.',
  missedText: 'Die Konsole lief zu dieser Zeit nicht: Keine Kamera wurde geprüft.',
  summed: ({ ok, fault, notChecked, newFault, mended }) =>
    `${say.number(ok)} in Ordnung, ${say.number(fault)} mit Fehlern (${say.number(newFault)} neu), ${say.number(notChecked)} nicht geprüft, ${say.number(mended)} behoben.`,
  newFault: 'neu',
  stillFault: (since) => `seit ${say.moment(since)}`,
  mended: (names) => `Behoben: ${names}.`,
  gone: (names) => `Nicht mehr da: ${names}.`,
  new: (names) => `Neu dabei: ${names}.`,
}
