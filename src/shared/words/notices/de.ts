import type { Rest } from '../catalogue.ts'
import { fileFaultsText, heldText } from '../fileFaultText.ts'
import { sayIn } from '../say.ts'
import { joined, where } from '../texts.ts'
import type { NoticeWords } from './noticeWords.ts'

const say = sayIn('de')
const keychains = { darwin: 'den Schlüsselbund des Systems', win32: 'den Datenschutz von Windows' }
const keptForLaunch =
  'Passwörter der Server bleiben nur erhalten, bis mtxdeck beendet wird. Damit sie bleiben: Installieren und entsperren Sie einen Schlüsselbund (GNOME Keyring oder KWallet) und starten Sie mtxdeck neu, oder tragen Sie die Passwörter in die Konfigurationsdatei ein.'
const fieldsOf = ({ names, more }: { readonly names: readonly string[]; readonly more: number }) =>
  `${names.join(', ')}${more > 0 ? ` und ${say.number(more)} weitere` : ''}`

export const de: Rest<NoticeWords> = {
  troubles: {
    dataDirInUse: ({ folder, pid, since }) =>
      `Ein anderes mtxdeck${pid === null ? '' : ` (Prozess ${pid}, gestartet ${say.momentOf(since)})`} verwendet ${folder}. Beenden Sie es zuerst, oder geben Sie diesem einen anderen Datenordner.`,
    databaseDamaged: ({ file, name, because }) =>
      `${file} ist beschädigt (${fileFaultsText(because, 'de')}). Verschieben Sie ${name} samt ${name}-wal und ${name}-shm, oder spielen Sie eine Kopie ein.`,
    noRoomForCopy: ({ name, folder, neededBytes, freeBytes }) =>
      `${name} bekommt eine neue Form und wird vorher nach ${folder} kopiert. Das braucht ${say.size(neededBytes, 'MB')}, frei sind ${say.size(freeBytes, 'MB')}. Schaffen Sie Platz und starten Sie neu.`,
    fileMoved: ({ file, replaced, because }) =>
      `${file} wurde bei laufendem mtxdeck ${replaced ? 'durch eine andere Datei ersetzt' : 'entfernt'} und lässt sich nicht neu schreiben (${because}). Alles darin geht verloren, wenn mtxdeck endet. Prüfen Sie den Datenträger und die Rechte des Ordners.`,
    dailyCopyBad: ({ folder, because }) =>
      `Die heutige Kopie der Einstellungen ist fehlerhaft (${fileFaultsText(because, 'de')}): main.db ist vielleicht beschädigt. Führen Sie „mtxdeck check“ aus und heben Sie die älteren Kopien in ${folder} auf.`,
    spaceLow: ({ folder, freeBytes, leastBytes }) =>
      `Auf dem Datenträger von ${folder} sind nur ${say.size(freeBytes, 'GB')} frei: Bis es mehr als ${say.size(leastBytes, 'GB')} sind, werden keine einzelnen Messwerte gespeichert, wohl aber Minuten, Ereignisse und gröbere Werte. Schaffen Sie Platz, oder bewahren Sie weniger Tage auf.`,
    noRoomForArchive: ({ day, neededBytes, freeBytes }) =>
      `Für das Archiv von ${day} reicht der Platz nicht: nötig sind ${say.size(neededBytes, 'MB')}, frei ${say.size(freeBytes, 'MB')}. Schaffen Sie Platz, oder bewahren Sie weniger Tage auf.`,
    historyDamaged: ({ file, because }) => `${file} ist beschädigt (${fileFaultsText(because, 'de')}): Die Datei wird beiseitegelegt und eine neue begonnen.`,
    bundleRefused: ({ file, because }) => `${file} lässt sich nicht als Bündel öffnen: ${fileFaultsText(because, 'de')}.`,
    notABundle: ({ file, of, period }) => `${file} ist die Datei eines Verlaufs (${heldText(of, period, 'de')}), kein Bündel.`,
  },
  secrets: {
    keychain: ({ of, keyring }) =>
      `Passwörter der Server sind mit einem Schlüssel verschlüsselt, geschützt durch ${of === 'linux' ? `den Schlüsselbund des Systems (${keyring})` : keychains[of]}.`,
    noKeychain: () => `Dieses System bietet mtxdeck keinen Schlüsselbund. ${keptForLaunch}`,
    wrappedKeyUnreadable: ({ because }) => `Die Datei des Schlüssels ist nicht lesbar: ${because}. ${keptForLaunch}`,
  },
  cautions: {
    valuesWrong: ({ wrong, cut }) =>
      joined(
        where(fieldsOf(wrong), (fields) => `Dieser Server sendet unmögliche Werte, die als unbekannt gelten: ${fields}.`),
        where(fieldsOf(cut), (fields) => `Er sendet mehr, als ein Medienserver haben kann; abgeschnitten: ${fields}.`),
      ),
    keptForLaunch: (secrets) => `Das Passwort bleibt nur bis zum Ende von mtxdeck erhalten: ${secrets}`,
  },
  setAside: {
    mainEarlier: ({ replaced }) =>
      replaced
        ? 'Diese Datei und die verwendete Datenbank der Server und Einstellungen wurden vertauscht. Sie wird nicht verwendet: Löschen Sie sie, wenn Sie sie nicht mehr brauchen.'
        : 'Diese Datenbank der Server und Einstellungen war beschädigt und wurde durch eine Sicherung oder eine leere ersetzt. Löschen Sie die Datei, wenn Sie sie nicht mehr brauchen.',
  },
}
