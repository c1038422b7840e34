import { fileFaultsText, heldText } from '../fileFaultText.ts'
import { sayIn } from '../say.ts'
import { joined, where } from '../texts.ts'
import type { NoticeWords } from './noticeWords.ts'

const say = sayIn('en')
const keychains = { darwin: "the system's Keychain", win32: "Windows' data protection" }
const keptForLaunch =
  'Passwords of servers are kept until mtxdeck ends, not longer. To keep them: install and unlock a keyring (GNOME Keyring or KWallet) and start mtxdeck again, or name passwords in the configuration file.'
const fieldsOf = ({ names, more }: { readonly names: readonly string[]; readonly more: number }) =>
  `${names.join(', ')}${more > 0 ? ` and ${say.number(more)} more` : ''}`

export const en: NoticeWords = {
  troubles: {
    dataDirInUse: ({ folder, pid, since }) =>
      `Another mtxdeck${pid === null ? '' : ` (process ${pid}, started ${say.momentOf(since)})`} uses ${folder}. Stop it first, or give this one another data folder.`,
    diskFull: ({ folder }) => `The disk of ${folder} is full. Free some space and start again.`,
    folderNotWritable: ({ folder, because }) => `${folder} cannot be written (${because}). Check who owns it and what it allows.`,
    fileNotWritable: ({ file, folder, because }) => `${file} cannot be written (${because}). Check who owns ${folder} and what it allows.`,
    fileHeld: ({ file, because }) => `${file} is held by another program (${because}). Close what has it open and start again.`,
    databaseNewer: ({ file, form, known }) =>
      `${file} was written by a newer mtxdeck (its form is ${form}, this one knows ${known}). Update mtxdeck, or point it to another data folder.`,
    databaseOlder: ({ file }) =>
      `${file} was written by an mtxdeck of before 26 November 2026. Open the data folder once with an mtxdeck of that day, then with this one.`,
    databaseDamaged: ({ file, name, because }) =>
      `${file} is damaged (${fileFaultsText(because, 'en')}). Move ${name} and the files ${name}-wal and ${name}-shm beside it away, or bring back a copy.`,
    restoreUnfinished: ({ folder }) =>
      `A restore into ${folder} did not end, so its databases may not fit together. Run the same "mtxdeck restore" again, with --replace.`,
    mainNotRestored: ({ folder, because }) =>
      `main.db is damaged, and no backup could be put in its place (${because}). Check the disk of ${folder} and what the folder allows, and start again.`,
    noRoomForCopy: ({ name, folder, neededBytes, freeBytes }) =>
      `${name} gets a new form, and is copied to ${folder} before. That needs ${say.size(neededBytes, 'MB')}, and ${say.size(freeBytes, 'MB')} are free. Free some space and start again.`,
    copyFailed: ({ name, folder, because }) =>
      `${name} gets a new form, and could not be copied to ${folder} before (${because}). Check the disk and what the folder allows, and start again.`,
    fileMoved: ({ file, replaced, because }) =>
      `${file} was ${replaced ? 'replaced by another file' : 'removed'} while mtxdeck was running, and cannot be written again (${because}). All that it holds is lost when mtxdeck ends. Check the disk and who may write the folder.`,
    dailyCopyBad: ({ folder, because }) =>
      `Today's copy of the console's settings is not good (${fileFaultsText(because, 'en')}): main.db may be damaged. Run "mtxdeck check", and keep the older copies in ${folder}.`,
    dailyCopyFailed: ({ folder, because }) =>
      `Today's copy of the console's settings cannot be made in ${folder} (${because}). Check the disk and what the folder allows.`,
    writerFailed: () => 'The part of mtxdeck that writes the history has failed and is started again. Samples are not stored meanwhile.',
    diskSlow: ({ folder }) => `The disk of ${folder} is too slow for this fleet: samples are dropped. Watch fewer servers, or at longer intervals.`,
    spaceLow: ({ folder, freeBytes, leastBytes }) =>
      `Only ${say.size(freeBytes, 'GB')} are free on the disk of ${folder}: samples are not stored until it is more than ${say.size(leastBytes, 'GB')}; minutes, events and all coarser figures are. Free some space, or keep fewer days of history.`,
    noRoomForArchive: ({ day, neededBytes, freeBytes }) =>
      `There is not enough room on the disk to archive ${day}: ${say.size(neededBytes, 'MB')} are needed, ${say.size(freeBytes, 'MB')} are free. Free some space, or keep fewer days of history.`,
    historyDiskFull: ({ folder }) => `The disk of ${folder} is full: samples are not stored. Free some space, or keep fewer days of history.`,
    historyNotWritable: ({ file, because }) => `${file} cannot be written (${because}): samples are not stored. Check the disk and who owns the folder.`,
    historyHeld: ({ file }) => `${file} is held by another program: samples are not stored. Close what has it open.`,
    historyDamaged: ({ file, because }) => `${file} is damaged (${fileFaultsText(because, 'en')}): it is set aside, and a new one is begun.`,
    nodeTooOld: ({ version }) => `The engine needs Node 24 (Node-API 10); this is Node ${version}. Run it by "npx mtxdeck", which brings its own.`,
    bundleRefused: ({ file, because }) => `${file} cannot be opened as a bundle: ${fileFaultsText(because, 'en')}.`,
    notABundle: ({ file, of, period }) => `${file} is a file of a history (${heldText(of, period, 'en')}), not a bundle.`,
  },
  secrets: {
    keyFile: ({ file }) => `Secrets are encrypted with a key that lies in ${file}, which only this user can read. Who copies the whole folder has both.`,
    keychain: ({ of, keyring }) =>
      `Passwords of servers are encrypted with a key that ${of === 'linux' ? `the system's keyring (${keyring})` : keychains[of]} protects.`,
    keyFileWrong: ({ file, bytes }) =>
      `${file} does not hold a key of ${bytes} bytes. Restore it from a backup, or delete it and enter the secrets of the servers again.`,
    keyFileUnreadable: ({ file, because }) => `${file} can't be read (${because}): make it readable for this user only.`,
    keyFileNotWritten: ({ file, because }) => `${file} can't be written (${because}): secrets of servers cannot be stored here.`,
    noKeychain: () => `This system offers no keychain to mtxdeck. ${keptForLaunch}`,
    wrappedKeyUnreadable: ({ because }) => `The key's file can't be read: ${because}. ${keptForLaunch}`,
    keychainLocked: ({ file, because }) =>
      `The system's keychain did not open the key of the stored passwords (${because}). Unlock it and start mtxdeck again. If it can't come back, delete ${file} and enter the passwords again.`,
    keyNotGiven: ({ because }) => `The key of the stored passwords could not be read: ${because}.`,
  },
  cautions: {
    hidesStored: () => 'A stored server has the same name; the configuration file wins.',
    passwordUnreadable: () => 'Its stored password cannot be read any more (the key changed): enter it again.',
    passwordLeftBehind: () => 'Its password was not taken along to the new address: enter it again.',
    valuesWrong: ({ wrong, cut }) =>
      joined(
        where(fieldsOf(wrong), (fields) => `This server sends values that cannot be right, which are shown as unknown: ${fields}.`),
        where(fieldsOf(cut), (fields) => `It sends more than any media server has, which is cut: ${fields}.`),
      ),
    keptForLaunch: (secrets) => `The password is kept for this launch only: ${secrets}`,
    openToAll: () => 'The API of this server is open to all who reach it.',
    passwordUnencrypted: () => 'The password travels unencrypted: use https (apiEncryption: yes).',
  },
  setAside: {
    mainEarlier: ({ replaced }) =>
      replaced
        ? 'This file and the database of servers and settings that is used were put in each other’s place. It is not used: delete it when it is of no use any more.'
        : 'This database of servers and settings was damaged, and a backup or an empty one took its place. Delete the file when it is of no use any more.',
    historyEarlier: ({ file }) => `${file} was damaged, and was set aside.`,
    alarmsReplaced: () =>
      'This file and the closed alarms that are used were put in each other’s place. It is not used: delete it when it is of no use any more.',
  },
}
