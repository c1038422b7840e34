import type { ConfigurationWords } from './configurationWords.ts'

const names = (paths: readonly string[], count: number) => `${paths.join(', ')}${count > paths.length ? ` and ${count - paths.length} more` : ''}`

const ofPaths = ({ paths, count }: { readonly paths: readonly string[]; readonly count: number }) => (count === 0 ? '' : ` (${names(paths, count)})`)

export const en: ConfigurationWords = {
  what: {
    anyMayAdminister: () => 'Anyone who reaches the server may use its API or read its figures without a password.',
    anyMayPublish: () => 'Anyone who reaches the server may publish to any path without a password.',
    neverAsked: ({ setting, actions }) => `Anyone who reaches the server may do this without a password, because ${setting} names it: ${actions.join(', ')}.`,
    anyMayWatch: () => 'Anyone who reaches the server may watch every stream without a password.',
    openOnMachine: ({ actions }) =>
      `Anyone on the server’s own machine may use these without a password; they listen on its loopback address only: ${actions.join(', ')}.`,
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
  upgrades: {
    refused: ({ since, said, ...where }) => `Does not start from ${since} on${ofPaths(where)}: “${said}”. Change this before.`,
    sourcesNeedPasswords: ({ since, ...where }) =>
      `Does not start from ${since} on if one of these sources has a user without a password, or a password without a user${ofPaths(where)}.`,
    namesRefused: ({ since, ...where }) => `Not let in from ${since} on, because of other characters than A–Z, 0–9, _ - . and / in the name${ofPaths(where)}.`,
    renamed: ({ setting, now, since, ...where }) => `${setting}${ofPaths(where)} is replaced by ${now.join(', ')} from ${since} on. It is still read.`,
    goes: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} is to be removed (said from ${since} on).`,
    noEffect: ({ setting, since, ...where }) => `${setting}${ofPaths(where)} has no effect from ${since} on.`,
    defaultChanged: ({ setting, since, before, after }) => `${setting} is ${after} instead of ${before} from ${since} on, unless the file sets it.`,
    apiNeedsUser: ({ since }) =>
      `From ${since} on only the server itself may use its API, unless a user of authInternalUsers may: give mtxdeck one with the action api.`,
    apiAsksServer: ({ since }) =>
      `From ${since} on the authentication server is also asked about the API, metrics and pprof, unless authHTTPExclude names them: let it allow mtxdeck.`,
    moqListens: ({ since }) =>
      `From ${since} on MoQ listens on ports 8892 (TCP and UDP) and 8893 (UDP), and the server does not start where one is taken. moq: no switches it off.`,
    jwtQueryOff: ({ since }) => `From ${since} on a token in the query of an HTTP address (?jwt=) is refused, unless authJWTInHTTPQuery is set to true.`,
    hlsViewersCounted: ({ since }) => `From ${since} on each HLS viewer is listed: readers and bit rates to readers rise at once.`,
  },
  todo: {
    anyMayAdminister: () => 'Give the permission to one user with a password, or to the addresses that need it.',
    anyMayPublish: () => 'Give cameras and encoders a user with a password.',
    neverAsked: () => 'Take them off the list, so that permission is asked for; before that, give mtxdeck a permission of its own.',
    anyMayWatch: () => 'Fine for public streams; otherwise give viewers a user with a password.',
    openOnMachine: () => 'Fine where only people you trust sign in there and no reverse proxy passes requests on; otherwise ask for a password.',
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
