import { sayIn } from '../say.ts'
import type { MistakeWords, Nouns } from './mistakeWords.ts'

const say = sayIn('en')
const either = (meant: string | null, known: string) => (meant === null ? known : `did you mean ${meant}?`)
const empty: Nouns = {
  serverName: 'Give the server a name',
  hostName: 'Give the host a name',
  user: 'the user is empty',
  password: 'the password is empty',
  passphrase: 'the passphrase is empty',
  token: 'the token is empty',
  secret: 'the secret is empty',
  tag: 'A tag has at least one letter',
  apiAddress: 'Enter the address of the API, such as http://10.0.0.5:9997',
  reason: 'Say why',
  comment: 'Write a comment',
}
const nouns: Nouns = {
  serverName: 'a name',
  hostName: 'a name',
  user: 'a user',
  password: 'a password',
  passphrase: 'a passphrase',
  token: 'a token',
  secret: 'a secret',
  tag: 'a tag',
  apiAddress: 'an address',
  reason: 'a reason',
  comment: 'a comment',
}
const types = { text: 'text', list: 'a list', object: 'keys and values', number: 'a number', boolean: 'true or false' }
const unreadable: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EACCES: 'this user may not read it', EISDIR: 'it is a folder' }
const unusableAlias = {
  unknown: 'there is no anchor (&) of this name before it; put a value that begins with * in quotes',
  circular: 'it stands within the value that it repeats',
  notAMap: '<< takes keys and values',
  tooMany: 'aliases (*) make the file too large',
}

export const en: MistakeWords = {
  missing: ({ key }) => `"${key}" is missing`,
  notOfType: ({ type }) => `expected ${types[type]}`,
  notOneOf: ({ words }) => `expected one of ${words.join(', ')}`,
  unknownKey: ({ meant, known }) => `unknown key; ${either(meant, `known are ${known.join(', ')}`)}`,
  aliasUnusable: ({ because }) => unusableAlias[because],
  empty: ({ what }) => empty[what],
  tooLong: ({ what, most }) => `${nouns[what]} has at most ${say.number(most)} letters`,
  notOneLine: ({ what }) =>
    what === 'token' ? 'A token is one line of letters, digits and signs that a header can carry' : `${nouns[what]} is one line of text`,
  notAnAddress: ({ text }) => `"${text}" is not an address. Write it like http://10.0.0.5:9997`,
  notHttp: ({ scheme }) => `The API speaks HTTP: write http:// or https:// instead of ${scheme}//`,
  userInAddress: () => 'Leave user and password out of the address: they have fields of their own',
  userInAddresses: () => 'Leave user and password out of the addresses: they are shown, and those of the API are used',
  queryInAddress: () => 'Leave out everything behind ? or #: only the address and the port are needed',
  notAFingerprint: () => 'A SHA-256 fingerprint has 32 bytes in hex, such as AB:CD:…',
  intervalShort: ({ least }) => `Not more often than every ${say.number(least)} s`,
  intervalLong: ({ most }) => `At least once an hour: ${most} s at most`,
  tooManyTags: ({ most }) => `At most ${most} tags`,
  notAnSshTarget: () => 'Write it like noc@10.0.0.5 or noc@10.0.0.5:22',
  notAPort: ({ port }) => `${port} is no port: those are 1 to 65535`,
  tooManyJumps: ({ most }) => `At most ${most} hosts to go through`,
  configurationUnreadable: ({ file, code }) => `Can't read the configuration ${file}: ${unreadable[code] ?? code}`,
  fileUnreadable: ({ file, code }) => `can't read ${file}: ${unreadable[code] ?? code}`,
  variableMissing: ({ name }) => `the environment variable ${name} is not set`,
  notAListenAddress: ({ text }) => `expected an address and a port such as 127.0.0.1:8787, [::1]:8787 or :8787, not "${text}"`,
  notAnOrigin: ({ text }) => `expected an address such as https://noc.example.org, not "${text}"`,
  pathInOrigin: ({ path }) => `leave out the path ${path}: the console stands at the root of its address`,
  notANetwork: ({ text }) => `expected an address such as 10.0.0.1 or a network such as 10.0.0.0/8, not "${text}"`,
  notDays: ({ least, most }) => `expected a number of days from ${least} to ${most}`,
  notACount: ({ least, most }) => `expected a whole number from ${say.number(least)} to ${say.number(most)}`,
  notASize: () => 'expected a size of 10 MB or more, such as 500MB, 5GB or a number of bytes',
  tlsHalf: ({ missing }) => `${missing} is missing; TLS needs both files`,
  givenBeside: ({ other, oneOf }) => `stands beside ${other}: give one of ${oneOf.join(', ')}`,
  userAlone: ({ oneOf }) => `a user needs one of ${oneOf.join(', ')}`,
  userBesideToken: ({ token }) => `stands beside ${token}: a token signs in without a user`,
  userMissing: ({ beside }) => `"user" is missing beside ${beside}`,
  publicKey: ({ file }) => `${file} is a public key: name the private one, without .pub`,
  sshMissing: ({ local }) => `"ssh" is missing${local ? '; or say' : ', such as noc@10.0.0.5:22; or'} "local: true" for this machine`,
  signInMissing: ({ oneOf }) => `how to sign in is missing: give one of ${oneOf.join(', ')}: true`,
  passphraseAlone: () => 'a passphrase opens a key: it needs keyFile',
  besideLocal: () => 'stands beside local: this machine is not asked over SSH',
  noSuchServer: ({ name, meant }) => `there is no server "${name}"; did you mean ${meant}?`,
  nameTwice: ({ name, of, first }) => `another ${of} (${first}) has the name "${name}"`,
  noSuchParameter: ({ meant, known }) => `there is no such parameter; ${either(meant, `there are ${known.join(', ')}`)}`,
  givenTwice: () => 'give it once',
  notOneOfThese: ({ words, text }) => `expected one of ${words.join(', ')}, not "${text}"`,
  notATime: ({ text }) => `expected a time such as 2026-11-14T03:00:00Z, epoch milliseconds, or a time before now such as -24h, not "${text}"`,
  notAStep: ({ text }) => `expected 1 second or more, such as 60, 15m, 2h or 1d, not "${text}"`,
  serverNotNamed: () => 'name a server, or give its id',
  endBeforeBegin: () => 'it is not after from',
  metricNotNamed: () => 'name at least one, such as path.bitrateIn',
  noSuchMetric: ({ text, meant, known }) => `there is no "${text}"; ${either(meant, `there are ${known.join(', ')}`)}`,
  pathNotNamed: ({ metric, of }) =>
    of === 'device'
      ? `${metric} is a figure of a part of a host, so name it, such as disk:/, net:eth0 or gpu:0`
      : `${metric} is a figure of a stream, so name its path`,
  pathEmpty: () => 'it is empty',
  pathNotNeeded: () => "none of the metrics is a stream's",
  namedTwice: () => 'one of them is named twice',
  tooManySeries: ({ count, most }) => `${count} series are asked for, ${most} at once are the most`,
  tooManyValues: ({ count, most }) => `these are ${say.number(count)} values, ${say.number(most)} at once are the most; choose a longer step`,
  noServerOfName: ({ name, meant, known }) =>
    `there is no "${name}"; ${either(meant, known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`)}`,
}
