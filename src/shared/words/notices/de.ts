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

export const de: NoticeWords = {
  troubles: {
    dataDirInUse: ({ folder, pid, since }) =>
      `Ein anderes mtxdeck${pid === null ? '' : ` (Prozess ${pid}, gestartet ${say.momentOf(since)})`} verwendet ${folder}. Beenden Sie es zuerst, oder geben Sie diesem einen anderen Datenordner.`,
    diskFull: ({ folder }) => `Der Datenträger von ${folder} ist voll. Schaffen Sie Platz und starten Sie neu.`,
    folderNotWritable: ({ folder, because }) => `${folder} ist nicht beschreibbar (${because}). Prüfen Sie Eigentümer und Rechte.`,
    fileNotWritable: ({ file, folder, because }) => `${file} ist nicht beschreibbar (${because}). Prüfen Sie Eigentümer und Rechte von ${folder}.`,
    fileHeld: ({ file, because }) => `${file} ist von einem anderen Programm gesperrt (${because}). Schließen Sie es und starten Sie neu.`,
    databaseNewer: ({ file, form, known }) =>
      `${file} stammt von einem neueren mtxdeck (Form ${form}, dieses kennt ${known}). Aktualisieren Sie mtxdeck, oder geben Sie ihm einen anderen Datenordner.`,
    databaseOlder: ({ file }) =>
      `${file} stammt von einem mtxdeck von vor dem 26.11.2026. Öffnen Sie den Datenordner einmal mit einem mtxdeck von diesem Tag, danach mit diesem.`,
    databaseDamaged: ({ file, name, because }) =>
      `${file} ist beschädigt (${fileFaultsText(because, 'de')}). Verschieben Sie ${name} samt ${name}-wal und ${name}-shm, oder spielen Sie eine Kopie ein.`,
    restoreUnfinished: ({ folder }) =>
      `Eine Wiederherstellung nach ${folder} ist nicht abgeschlossen, die Datenbanken passen vielleicht nicht zusammen. Führen Sie dasselbe „mtxdeck restore“ noch einmal mit --replace aus.`,
    mainNotRestored: ({ folder, because }) =>
      `main.db ist beschädigt, und keine Sicherung ließ sich einspielen (${because}). Prüfen Sie den Datenträger und die Rechte von ${folder} und starten Sie neu.`,
    noRoomForCopy: ({ name, folder, neededBytes, freeBytes }) =>
      `${name} bekommt eine neue Form und wird vorher nach ${folder} kopiert. Das braucht ${say.size(neededBytes, 'MB')}, frei sind ${say.size(freeBytes, 'MB')}. Schaffen Sie Platz und starten Sie neu.`,
    copyFailed: ({ name, folder, because }) =>
      `${name} bekommt eine neue Form und ließ sich vorher nicht nach ${folder} kopieren (${because}). Prüfen Sie Datenträger und Rechte und starten Sie neu.`,
    fileMoved: ({ file, replaced, because }) =>
      `${file} wurde bei laufendem mtxdeck ${replaced ? 'durch eine andere Datei ersetzt' : 'entfernt'} und lässt sich nicht neu schreiben (${because}). Alles darin geht verloren, wenn mtxdeck endet. Prüfen Sie den Datenträger und die Rechte des Ordners.`,
    dailyCopyBad: ({ folder, because }) =>
      `Die heutige Kopie der Einstellungen ist fehlerhaft (${fileFaultsText(because, 'de')}): main.db ist vielleicht beschädigt. Führen Sie „mtxdeck check“ aus und heben Sie die älteren Kopien in ${folder} auf.`,
    dailyCopyFailed: ({ folder, because }) =>
      `Die heutige Kopie der Einstellungen lässt sich in ${folder} nicht anlegen (${because}). Prüfen Sie Datenträger und Rechte.`,
    writerFailed: () => 'Der Teil von mtxdeck, der den Verlauf schreibt, ist ausgefallen und wird neu gestartet. So lange werden keine Messwerte gespeichert.',
    diskSlow: ({ folder }) =>
      `Der Datenträger von ${folder} ist für diese Flotte zu langsam: Messwerte gehen verloren. Beobachten Sie weniger Server, oder fragen Sie seltener ab.`,
    spaceLow: ({ folder, freeBytes, leastBytes }) =>
      `Auf dem Datenträger von ${folder} sind nur ${say.size(freeBytes, 'GB')} frei: Bis es mehr als ${say.size(leastBytes, 'GB')} sind, werden keine einzelnen Messwerte gespeichert, wohl aber Minuten, Ereignisse und gröbere Werte. Schaffen Sie Platz, oder bewahren Sie weniger Tage auf.`,
    noRoomForArchive: ({ day, neededBytes, freeBytes }) =>
      `Für das Archiv von ${day} reicht der Platz nicht: nötig sind ${say.size(neededBytes, 'MB')}, frei ${say.size(freeBytes, 'MB')}. Schaffen Sie Platz, oder bewahren Sie weniger Tage auf.`,
    historyDiskFull: ({ folder }) =>
      `Der Datenträger von ${folder} ist voll: Messwerte werden nicht gespeichert. Schaffen Sie Platz, oder bewahren Sie weniger Tage auf.`,
    historyNotWritable: ({ file, because }) =>
      `${file} ist nicht beschreibbar (${because}): Messwerte werden nicht gespeichert. Prüfen Sie den Datenträger und die Rechte des Ordners.`,
    historyHeld: ({ file }) => `${file} ist von einem anderen Programm gesperrt: Messwerte werden nicht gespeichert. Schließen Sie es.`,
    historyDamaged: ({ file, because }) => `${file} ist beschädigt (${fileFaultsText(because, 'de')}): Die Datei wird beiseitegelegt und eine neue begonnen.`,
    nodeTooOld: ({ version }) =>
      `Der Dienst braucht Node 24 (Node-API 10); dies ist Node ${version}. Starten Sie ihn mit „npx mtxdeck“, das sein eigenes mitbringt.`,
    bundleRefused: ({ file, because }) => `${file} lässt sich nicht als Bündel öffnen: ${fileFaultsText(because, 'de')}.`,
    notABundle: ({ file, of, period }) => `${file} ist die Datei eines Verlaufs (${heldText(of, period, 'de')}), kein Bündel.`,
  },
  secrets: {
    keyFile: ({ file }) =>
      `Passwörter werden mit einem Schlüssel verschlüsselt, der in ${file} liegt und den nur dieser Benutzer lesen kann. Wer den ganzen Ordner kopiert, hat beides.`,
    keychain: ({ of, keyring }) =>
      `Passwörter der Server sind mit einem Schlüssel verschlüsselt, geschützt durch ${of === 'linux' ? `den Schlüsselbund des Systems (${keyring})` : keychains[of]}.`,
    keyFileWrong: ({ file, bytes }) =>
      `${file} enthält keinen Schlüssel von ${bytes} Bytes. Spielen Sie die Datei aus einer Sicherung ein, oder löschen Sie sie und geben Sie die Passwörter der Server erneut ein.`,
    keyFileUnreadable: ({ file, because }) => `${file} ist nicht lesbar (${because}): Geben Sie nur diesem Benutzer das Leserecht.`,
    keyFileNotWritten: ({ file, because }) => `${file} lässt sich nicht schreiben (${because}): Passwörter von Servern lassen sich hier nicht speichern.`,
    noKeychain: () => `Dieses System bietet mtxdeck keinen Schlüsselbund. ${keptForLaunch}`,
    wrappedKeyUnreadable: ({ because }) => `Die Datei des Schlüssels ist nicht lesbar: ${because}. ${keptForLaunch}`,
    keychainLocked: ({ file, because }) =>
      `Der Schlüsselbund des Systems hat den Schlüssel der gespeicherten Passwörter nicht geöffnet (${because}). Entsperren Sie ihn und starten Sie mtxdeck neu. Ist er verloren, löschen Sie ${file} und geben Sie die Passwörter erneut ein.`,
    keyNotGiven: ({ because }) => `Der Schlüssel der gespeicherten Passwörter ließ sich nicht lesen: ${because}.`,
  },
  cautions: {
    hidesStored: () => 'Ein gespeicherter Server heißt genauso; die Konfigurationsdatei gilt.',
    passwordUnreadable: () => 'Das gespeicherte Passwort ist nicht mehr lesbar (anderer Schlüssel): Geben Sie es erneut ein.',
    passwordLeftBehind: () => 'Das Passwort gilt nicht für die neue Adresse: Geben Sie es erneut ein.',
    valuesWrong: ({ wrong, cut }) =>
      joined(
        where(fieldsOf(wrong), (fields) => `Dieser Server sendet unmögliche Werte, die als unbekannt gelten: ${fields}.`),
        where(fieldsOf(cut), (fields) => `Er sendet mehr, als ein Medienserver haben kann; abgeschnitten: ${fields}.`),
      ),
    keptForLaunch: (secrets) => `Das Passwort bleibt nur bis zum Ende von mtxdeck erhalten: ${secrets}`,
    openToAll: () => 'Die API dieses Servers steht allen offen, die ihn erreichen.',
    passwordUnencrypted: () => 'Das Passwort wird unverschlüsselt übertragen: Verwenden Sie https (apiEncryption: yes).',
  },
  setAside: {
    mainEarlier: ({ replaced }) =>
      replaced
        ? 'Diese Datei und die verwendete Datenbank der Server und Einstellungen wurden vertauscht. Sie wird nicht verwendet: Löschen Sie sie, wenn Sie sie nicht mehr brauchen.'
        : 'Diese Datenbank der Server und Einstellungen war beschädigt und wurde durch eine Sicherung oder eine leere ersetzt. Löschen Sie die Datei, wenn Sie sie nicht mehr brauchen.',
    historyEarlier: ({ file }) => `${file} war beschädigt und wurde beiseitegelegt.`,
    alarmsReplaced: () =>
      'Diese Datei und die verwendete Datenbank der abgeschlossenen Alarme wurden vertauscht. Sie wird nicht verwendet: Löschen Sie sie, wenn Sie sie nicht mehr brauchen.',
  },
}
