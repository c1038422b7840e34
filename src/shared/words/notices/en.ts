import type { Rest } from '../catalogue.ts'
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

export const en: Rest<NoticeWords> = {
  troubles: {
    dataDirInUse: ({ folder, pid, since }) =>
      `Another mtxdeck${pid === null ? '' : ` (process ${pid}, started ${say.momentOf(since)})`} uses ${folder}. Stop it first, or give this one another data folder.`,
    databaseDamaged: ({ file, name, because }) =>
      `${file} is damaged (${fileFaultsText(because, 'en')}). Move ${name} and the files ${name}-wal and ${name}-shm beside it away, or bring back a copy.`,
    noRoomForCopy: ({ name, folder, neededBytes, freeBytes }) =>
      `${name} gets a new form, and is copied to ${folder} before. That needs ${say.size(neededBytes, 'MB')}, and ${say.size(freeBytes, 'MB')} are free. Free some space and start again.`,
    fileMoved: ({ file, replaced, because }) =>
      `${file} was ${replaced ? 'replaced by another file' : 'removed'} while mtxdeck was running, and cannot be written again (${because}). All that it holds is lost when mtxdeck ends. Check the disk and who may write the folder.`,
    dailyCopyBad: ({ folder, because }) =>
      `Today's copy of the console's settings is not good (${fileFaultsText(because, 'en')}): main.db may be damaged. Run "mtxdeck check", and keep the older copies in ${folder}.`,
    spaceLow: ({ folder, freeBytes, leastBytes }) =>
      `Only ${say.size(freeBytes, 'GB')} are free on the disk of ${folder}: samples are not stored until it is more than ${say.size(leastBytes, 'GB')}; minutes, events and all coarser figures are. Free some space, or keep fewer days of history.`,
    noRoomForArchive: ({ day, neededBytes, freeBytes }) =>
      `There is not enough room on the disk to archive ${day}: ${say.size(neededBytes, 'MB')} are needed, ${say.size(freeBytes, 'MB')} are free. Free some space, or keep fewer days of history.`,
    historyDamaged: ({ file, because }) => `${file} is damaged (${fileFaultsText(because, 'en')}): it is set aside, and a new one is begun.`,
    bundleRefused: ({ file, because }) => `${file} cannot be opened as a bundle: ${fileFaultsText(because, 'en')}.`,
    notABundle: ({ file, of, period }) => `${file} is a file of a history (${heldText(of, period, 'en')}), not a bundle.`,
  },
  secrets: {
    keychain: ({ of, keyring }) =>
      `Passwords of servers are encrypted with a key that ${of === 'linux' ? `the system's keyring (${keyring})` : keychains[of]} protects.`,
    noKeychain: () => `This system offers no keychain to mtxdeck. ${keptForLaunch}`,
    wrappedKeyUnreadable: ({ because }) => `The key's file can't be read: ${because}. ${keptForLaunch}`,
  },
  cautions: {
    valuesWrong: ({ wrong, cut }) =>
      joined(
        where(fieldsOf(wrong), (fields) => `This server sends values that cannot be right, which are shown as unknown: ${fields}.`),
        where(fieldsOf(cut), (fields) => `It sends more than any media server has, which is cut: ${fields}.`),
      ),
    keptForLaunch: (secrets) => `The password is kept for this launch only: ${secrets}`,
  },
  setAside: {
    mainEarlier: ({ replaced }) =>
      replaced
        ? 'This file and the database of servers and settings that is used were put in each other’s place. It is not used: delete it when it is of no use any more.'
        : 'This database of servers and settings was damaged, and a backup or an empty one took its place. Delete the file when it is of no use any more.',
  },
}
