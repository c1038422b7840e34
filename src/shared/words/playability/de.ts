import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { joined, where } from '../texts.ts'
import type { PlayabilityWords } from './playabilityWords.ts'

const say = sayIn('de')
const list = (codecs: readonly string[]) => codecs.join(', ')

export const de: Rest<PlayabilityWords> = {
  reasons: {
    noTrack: ({ codecs }) =>
      joined(
        `Das Protokoll überträgt keine der Spuren: ${list(codecs)}.`,
        codecs.includes('MPEG-TS') &&
          'In MPEG-TS sind Bild und Ton noch zusammengepackt: RTSP-Player packen es aus. Wird es per RTSP gesendet, tut es der Server mit „rtspDemuxMpegts: yes“ am Pfad (ab 1.17.0).',
      ),
    onlyData: ({ codecs }) => `Er hat weder Bild noch Ton, nur Daten: ${list(codecs)}.`,
    variantCannot: ({ codecs }) => `Mit „hlsVariant: mpegts“ liefert der Server nur H264 und AAC, und neben ${list(codecs)} gar nichts.`,
    leftOut: ({ codecs, since }) => joined(`Es fehlt: ${list(codecs)}.`, since !== null && `Übertragen ab Version ${since} des Servers.`),
    playerLacks: ({ codecs }) => `Dieser Player spielt ${list(codecs)} nicht ab.`,
    someBrowsers: ({ codecs }) => `Nur manche Browser spielen ${list(codecs)} ab.`,
    enhancedRtmp: ({ codecs }) => `${list(codecs)} nur für Player mit Enhanced RTMP.`,
    mayHaveBFrames: ({ profile }) =>
      profile === null
        ? 'Das H264-Profil ist unbekannt: Mit B-Frames überträgt WebRTC ihn nicht.'
        : `H264 mit dem Profil ${profile} kann B-Frames enthalten; die überträgt WebRTC nicht.`,
    late: ({ seconds, lowLatency }) =>
      joined(
        seconds !== null && `Verspätet: Segmente von bis zu ${say.number(seconds)} s.`,
        !lowLatency && 'Um mehrere Segmente verspätet: geringe Verzögerung ist abgeschaltet.',
      ),
    noSegment: ({ seconds }) =>
      seconds === null
        ? 'HLS hatte nicht rechtzeitig ein Segment: Schlüsselbilder liegen wohl weit auseinander.'
        : `HLS beginnt spät: Schlüsselbilder liegen ${say.number(seconds)} s oder mehr auseinander.`,
    readFails: ({ status, message }) => `Der Server lehnt ab: ${status}${where(message, (words) => ` (${words})`)}.`,
  },
}
