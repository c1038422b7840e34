import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join(', ')}${count > paths.length ? ` and ${count - paths.length} more` : ''}`

export const en: ConfigurationWords = {
  what: {
    anyMayAdminister: () => 'Anyone who reaches the server may use its API or read its figures without a password.',
    anyMayPublish: () => 'Anyone who reaches the server may publish to any path without a password.',
    anyMayWatch: () => 'Anyone who reaches the server may watch every stream without a password.',
    anyWebsite: ({ settings }) => `Any website may ask the server from the browser of whoever opens it: ${settings.join(', ')}.`,
    takeover: () => 'A second publisher takes the place of the one on air (overridePublisher).',
    noReaderLimit: () => 'The number of readers of a path is not limited (maxReaders).',
    recordingsKept: ({ paths, count }) => `Recordings are never deleted: ${names(paths, count)}.`,
    slateRecorded: ({ paths, count }) => `The slate is recorded while nobody publishes: ${names(paths, count)}.`,
    passwordsTold: () => 'The API of this version tells the passwords of internal users to whoever may use it (before 1.20.1).',
    endedByRequest: () => 'A single request to the API of this version ends the server with all its streams (up to 1.5).',
    playbackOpen: () => 'If users are still set the old way (readUser, publishUser), recordings can be played without a password (before 1.21.2).',
    slowKeys: () => 'While the address of the JWT keys answers slowly, nobody can sign in (before 1.21.2).',
    forwardsRestarted: () => 'Removing a forward destination restarts those after it (before 1.21.3).',
  },
  todo: {
    anyMayAdminister: () => 'Give the permission to one user with a password, or to the addresses that need it.',
    anyMayPublish: () => 'Give cameras and encoders a user with a password.',
    anyMayWatch: () => 'Fine for public streams; otherwise give viewers a user with a password.',
    anyWebsite: () => 'Name the websites that need it, or none.',
    takeover: () => 'Fine where encoders reconnect or stand in for each other; otherwise switch it off.',
    noReaderLimit: () => 'Set a limit that the network of the server can carry.',
    recordingsKept: () => 'Set a time after which they are deleted, or the disk fills up.',
    slateRecorded: () => 'Record only while somebody publishes.',
    passwordsTold: () => 'Upgrade the server, and change the passwords.',
    endedByRequest: () => 'Upgrade the server; until then let only this console reach its API.',
    playbackOpen: () => 'Upgrade the server, or use authInternalUsers.',
    slowKeys: () => 'Upgrade the server.',
    forwardsRestarted: () => 'Upgrade the server, or remove destinations when nothing is on air.',
  },
}
